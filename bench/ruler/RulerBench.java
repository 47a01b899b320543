import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import com.sun.management.OperatingSystemMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.List;
import software.amazon.event.ruler.Machine;

/**
 * event-ruler on files of rules, in one warm machine. Arguments: EVENTS SECONDS RULES...
 * For each file a line once its rules are in and warm: nanoseconds to build, bytes a rule; then, for each line
 * that comes in on standard input, one pass and a line of its nanoseconds an event; an empty line goes on to the next file.
 * Times are processor time of the matching thread: compiling and collecting on other threads are not counted, and are over
 * before a line is given. Warm is when three passes took about the same.
 */
public class RulerBench {
    static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
    static final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    static final OperatingSystemMXBean PROCESS = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** Until no thread of the process has anything to do, two seconds at most. */
    static void quiet() throws Exception {
        long before = PROCESS.getProcessCpuTime(), now;
        for (int i = 0, n = 0; i < 200 && n < 2; i++, before = now) {
            Thread.sleep(10);
            now = PROCESS.getProcessCpuTime();
            n = now - before < 1_000_000 ? n + 1 : 0;
        }
    }

    static void warm(Machine machine, String[] events, double seconds, long[] hits) throws Exception {
        double a = 0, b = 0, c = 0;
        for (int i = 0; i < 30 && (i < 5 || Math.max(a, Math.max(b, c)) > 1.05 * Math.min(a, Math.min(b, c))); i++) {
            a = b;
            b = c;
            c = pass(machine, events, seconds, hits);
        }
    }

    static long heap() throws Exception {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(20);
        }
        Runtime r = Runtime.getRuntime();
        return r.totalMemory() - r.freeMemory();
    }

    static void measure(String[] events, double seconds, List<String> rules) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        long before = heap(), begin = CPU.getCurrentThreadCpuTime();
        Machine machine = Machine.builder().withAdditionalNameStateReuse(true).build();
        for (String line : rules) {
            JsonNode node = mapper.readTree(line);
            machine.addRule(node.get("id").asText(), node.get("pattern").toString());
        }
        double build = CPU.getCurrentThreadCpuTime() - begin;
        double bytes = (heap() - before) / (double) rules.size();
        long[] hits = new long[1];
        warm(machine, events, seconds, hits);
        quiet();
        System.out.printf("%.0f %.0f%n", build, bytes);
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            for (String event : events)
                hits[0] += machine.rulesForJSONEvent(event).size();
            double ns = pass(machine, events, seconds, hits);
            quiet();
            System.out.printf("%.0f%n", ns);
        }
    }

    static double pass(Machine machine, String[] events, double seconds, long[] hits) throws Exception {
        long n = 0, start = CPU.getCurrentThreadCpuTime(), now;
        int at = 0;
        do {
            for (int k = 0; k < 32; k++, n++) {
                hits[0] += machine.rulesForJSONEvent(events[at]).size();
                at = at + 1 == events.length ? 0 : at + 1;
            }
            now = CPU.getCurrentThreadCpuTime();
        } while (now - start < seconds * 1e9);
        return (now - start) / (double) n;
    }

    public static void main(String[] args) throws Exception {
        String[] events = Files.readAllLines(Paths.get(args[0]), StandardCharsets.UTF_8).toArray(new String[0]);
        for (int i = 2; i < args.length; i++)
            measure(events, Double.parseDouble(args[1]), Files.readAllLines(Paths.get(args[i]), StandardCharsets.UTF_8));
    }
}
