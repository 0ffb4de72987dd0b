import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Base64;

/** Decodes requests by the classes that OpenTelemetry publishes for Java: lines of `signal base64` to lines of JSON. */
public class Decode {
  public static void main(String[] args) throws Exception {
    JsonFormat.Printer printer = JsonFormat.printer().preservingProtoFieldNames().printingEnumsAsInts()
        .alwaysPrintFieldsWithNoPresence().omittingInsignificantWhitespace();
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] parts = line.split(" ", 2);
      byte[] body = Base64.getDecoder().decode(parts[1]);
      Message request = switch (parts[0]) {
        case "traces" -> ExportTraceServiceRequest.parseFrom(body);
        case "logs" -> ExportLogsServiceRequest.parseFrom(body);
        default -> ExportMetricsServiceRequest.parseFrom(body);
      };
      out.println("{\"signal\":\"" + parts[0] + "\",\"request\":" + printer.print(request) + "}");
    }
  }
}
