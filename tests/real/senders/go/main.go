// Sends every kind of value by OpenTelemetry's SDK for Go; addresses come from OTEL_EXPORTER_OTLP_ENDPOINT. With the
// argument `decode` it decodes requests by the classes that OpenTelemetry publishes for Go: lines of `signal base64`
// in, a line of JSON out for each.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "decode" {
		decode(os.Stdin, os.Stdout)
		return
	}
	ctx := context.Background()
	who := resource.NewSchemaless(
		attribute.String("service.name", "go-sender"), attribute.String("service.version", "1.2"),
		attribute.String("deployment.environment.name", "test"))
	traces := sdktrace.NewTracerProvider(sdktrace.WithResource(who), sdktrace.WithBatcher(must(otlptracehttp.New(ctx))))
	logs := sdklog.NewLoggerProvider(sdklog.WithResource(who),
		sdklog.WithProcessor(sdklog.NewBatchProcessor(must(otlploghttp.New(ctx)))))
	metrics := sdkmetric.NewMeterProvider(sdkmetric.WithResource(who),
		sdkmetric.WithReader(sdkmetric.NewPeriodicReader(must(otlpmetrichttp.New(ctx)))))

	values := []attribute.KeyValue{
		attribute.String("text", "ä ✓"), attribute.Int64("big", 1<<53+1), attribute.Float64("share", 0.1),
		attribute.Bool("yes", true), attribute.StringSlice("list", []string{"a", "b"}), attribute.Int64Slice("numbers", []int64{1, 2}),
	}
	tracer := traces.Tracer("sender", trace.WithInstrumentationVersion("3.4"))
	within, parent := tracer.Start(ctx, "parent", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(values...))
	link := trace.Link{SpanContext: parent.SpanContext(), Attributes: []attribute.KeyValue{attribute.String("why", "because")}}
	inner, child := tracer.Start(within, "child", trace.WithLinks(link))
	child.AddEvent("halfway", trace.WithAttributes(attribute.Int("step", 2)))
	child.RecordError(errors.New("no such thing"))
	child.SetStatus(codes.Error, "failed")

	logger := logs.Logger("sender", log.WithInstrumentationVersion("3.4"))
	var said log.Record
	said.SetTimestamp(time.Now())
	said.SetSeverity(log.SeverityWarn)
	said.SetSeverityText("WARN")
	said.SetBody(log.StringValue("said in the child"))
	said.AddAttributes(log.String("text", "ä ✓"), log.Int64("big", 1<<53+1), log.Bytes("bytes", []byte{0, 255}))
	logger.Emit(inner, said)
	var done log.Record
	done.SetTimestamp(time.Now())
	done.SetSeverity(log.SeverityInfo)
	done.SetEventName("sender.done")
	done.SetBody(log.MapValue(log.Map("user", log.Int("id", 7)), log.Slice("list", log.Int64Value(1), log.StringValue("b"))))
	logger.Emit(ctx, done)
	child.End()
	parent.End()

	meter := metrics.Meter("sender", metric.WithInstrumentationVersion("3.4"))
	to := metric.WithAttributes(attribute.String("to", "a"))
	must(meter.Int64Counter("sent", metric.WithUnit("1"), metric.WithDescription("What was sent"))).Add(ctx, 3, to)
	must(meter.Int64UpDownCounter("waiting")).Add(ctx, -2)
	must(meter.Float64Gauge("level")).Record(ctx, 0.25)
	must(meter.Float64Histogram("took", metric.WithUnit("ms"))).Record(ctx, 12.5, to)
	for _, end := range []func(context.Context) error{traces.Shutdown, logs.Shutdown, metrics.Shutdown} {
		if err := end(ctx); err != nil {
			panic(err)
		}
	}
}
