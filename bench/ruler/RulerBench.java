import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
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
 * Times are processor time of the matching thread: compiling and collecting on other threads are not counted.
 */
public class RulerBench {
    static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
    static final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

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
        pass(machine, events, 3 * seconds, hits);
        System.out.printf("%.0f %.0f%n", build, bytes);
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine())
            System.out.printf("%.0f%n", pass(machine, events, seconds, hits));
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
