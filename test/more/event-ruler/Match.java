import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.event.ruler.Machine;

/** Runs event-ruler: Match PATTERNS.json EVENTS.ndjson prints the ids of the matching events by pattern. */
public class Match {
  public static void main(String[] args) throws Exception {
    var json = new ObjectMapper();
    var patterns = json.readTree(Files.readString(Path.of(args[0])));
    var events = Files.readAllLines(Path.of(args[1]));
    ObjectNode results = json.createObjectNode();
    for (var fields = patterns.fields(); fields.hasNext(); ) {
      var entry = fields.next();
      try {
        var machine = new Machine();
        machine.addRule("rule", entry.getValue().toString());
        ArrayNode ids = json.createArrayNode();
        for (var event : events)
          if (!machine.rulesForJSONEvent(event).isEmpty()) ids.add(json.readTree(event).get("id").asText());
        results.set(entry.getKey(), ids);
      } catch (Exception refusal) {
        results.put(entry.getKey(), "refused");
      }
    }
    System.out.println(json.writeValueAsString(results));
  }
}
