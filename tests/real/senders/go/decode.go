package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Requests of a few spans are small; a line may be longer than bufio's 64 KiB all the same.
const maxLineBytes = 16 << 20

func decode(in io.Reader, out io.Writer) {
	requests := map[string]func() proto.Message{
		"traces":  func() proto.Message { return &coltrace.ExportTraceServiceRequest{} },
		"logs":    func() proto.Message { return &collogs.ExportLogsServiceRequest{} },
		"metrics": func() proto.Message { return &colmetrics.ExportMetricsServiceRequest{} },
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLineBytes)
	options := protojson.MarshalOptions{UseProtoNames: true, UseEnumNumbers: true, EmitDefaultValues: true}
	for lines.Scan() {
		signal, body, _ := strings.Cut(lines.Text(), " ")
		request := requests[signal]()
		if err := proto.Unmarshal(must(base64.StdEncoding.DecodeString(body)), request); err != nil {
			panic(err)
		}
		fmt.Fprintf(out, "{\"signal\":%q,\"request\":%s}\n", signal, must(options.Marshal(request)))
	}
}
