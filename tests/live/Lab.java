// The live tests' independent witness: fills clusters and lists what is in them, by Kafka's own AdminClient and by
// nothing of this project. Listings are sorted lines of TAB-separated fields, so that two of them can be compared.
//
//   create BOOTSTRAP FILE        topics; a line: NAME partitions replication-factor [key=value]...   ("-" is stdin)
//   list BOOTSTRAP               the same lines, with own configuration only: what `list` prints, `create` reads
//   ids BOOTSTRAP                NAME topic-id
//   delete BOOTSTRAP NAME...     topics
//   wait BOOTSTRAP COUNT [SECONDS]   until COUNT topics are listed (60 s)
//   acl BOOTSTRAP allow|deny PRINCIPAL OPERATION TYPE NAME [literal|prefixed [HOST]]   e.g. allow User:a READ TOPIC t
//   acl-delete BOOTSTRAP PRINCIPAL...   all ACLs of these
//   acl-file BOOTSTRAP FILE      many; a line each: the words of acl, with TABs between
//   acls BOOTSTRAP               allow|deny PRINCIPAL OPERATION TYPE NAME pattern HOST
//   user BOOTSTRAP NAME 256|512 ITERATIONS PASSWORD      or without ITERATIONS and PASSWORD: that credential goes
//   users BOOTSTRAP              NAME mechanism=iterations...
//   quota BOOTSTRAP TYPE:NAME[,TYPE:NAME] key=value...   the name * is the default of that type
//   quotas BOOTSTRAP             entity key=value...
//   config BOOTSTRAP broker|topic|group|client_metrics NAME key=value...      the broker "" is the default of all
//   serve BOOTSTRAP              commands from stdin, a line each with TABs between; each answer ends with a line "."
//   empty BOOTSTRAP              delete all topics, and wait until none is listed
//   configs BOOTSTRAP            cluster defaults, and broker, group and client-metrics configuration set by somebody
//   and what LabClients.java and LabRecords.java add
//
// --config FILE, anywhere: client properties. In fields a TAB, a new line and a backslash are \t, \n and \\. Internal
// topics are left out. A broker's view lags: who has just changed something polls a listing until it is as expected.

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;

public final class Lab {
    // A broker refuses a request that makes more than 10,000 records: one a topic, a partition, a configuration entry.
    private static final int RECORDS_A_REQUEST = 9000;
    private static final int TOPICS_A_REQUEST = 500;

    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final Admin admin;
    private final String servers;

    private Lab(Admin admin, String servers) {
        this.admin = admin;
        this.servers = servers;
    }

    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        List<String> words = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--config") && i + 1 < arguments.length) {
                try (InputStream file = new FileInputStream(arguments[++i])) {
                    properties.load(file);
                }
            } else {
                words.add(arguments[i]);
            }
        }
        if (words.size() < 2) {
            fail("usage: Lab COMMAND BOOTSTRAP ...: see the head of tests/live/Lab.java");
        }
        properties.put("bootstrap.servers", words.get(1));
        try (Admin admin = Admin.create(properties)) {
            new Lab(admin, words.get(1)).command(words.get(0), words.subList(2, words.size()));
        } catch (ExecutionException e) {
            fail(e.getCause().toString());
        }
        OUT.flush();
    }

    private void command(String command, List<String> words) throws Exception {
        switch (command) {
            case "create": create(words.get(0)); break;
            case "list": list(); break;
            case "ids": ids(); break;
            case "delete": admin.deleteTopics(words).all().get(); break;
            case "wait": await(Integer.parseInt(words.get(0)), words.size() > 1 ? Integer.parseInt(words.get(1)) : 60); break;
            case "empty": empty(); break;
            case "serve": serve(); break;
            case "acl": acl(words); break;
            case "acls": acls(); break;
            case "acl-delete": aclDelete(words); break;
            case "acl-file": aclFile(words.get(0)); break;
            case "user": user(words); break;
            case "users": users(); break;
            case "quota": quota(words); break;
            case "quotas": quotas(); break;
            case "config": config(words); break;
            case "configs": configs(); break;
            default: more(command, words);
        }
    }

    private void more(String command, List<String> words) throws Exception {
        String answer = LabRecords.command(servers, command, words);
        if (answer == null) {
            answer = LabClients.command(admin, servers, command, words);
        }
        if (!answer.isEmpty()) {
            OUT.println(answer);
        }
    }

    // ---- topics ---------------------------------------------------------------------------------------------------

    private void create(String path) throws Exception {
        List<NewTopic> batch = new ArrayList<>();
        int records = 0;
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                path.equals("-") ? System.in : new FileInputStream(path), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.isEmpty() || line.startsWith("#")) {
                    continue;
                }
                NewTopic topic = topic(line.split("\t", -1));
                int cost = 1 + topic.numPartitions() + topic.configs().size();
                if (records + cost > RECORDS_A_REQUEST || batch.size() == TOPICS_A_REQUEST) {
                    flush(batch);
                    records = 0;
                }
                batch.add(topic);
                records += cost;
            }
        }
        flush(batch);
    }

    private static NewTopic topic(String[] fields) {
        if (fields.length < 3) {
            fail("not NAME partitions replication-factor, with TABs between: " + String.join(" ", fields));
        }
        Map<String, String> configs = new HashMap<>();
        for (int i = 3; i < fields.length; i++) {
            String entry = unescape(fields[i]);
            configs.put(entry.substring(0, entry.indexOf('=')), entry.substring(entry.indexOf('=') + 1));
        }
        return new NewTopic(fields[0], Integer.parseInt(fields[1]), Short.parseShort(fields[2])).configs(configs);
    }

    private void flush(List<NewTopic> batch) throws Exception {
        if (!batch.isEmpty()) {
            admin.createTopics(batch).all().get();
        }
        batch.clear();
    }

    /** Descriptions of all topics by name. One that is deleted between the list and the question is left out. */
    private TreeMap<String, TopicDescription> topics() throws Exception {
        TreeMap<String, TopicDescription> topics = new TreeMap<>();
        for (List<String> names : batches(admin.listTopics().names().get())) {
            for (var answer : admin.describeTopics(names).topicNameValues().entrySet()) {
                try {
                    topics.put(answer.getKey(), answer.getValue().get());
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                        throw e;
                    }
                }
            }
        }
        return topics;
    }

    private void list() throws Exception {
        TreeMap<String, TopicDescription> topics = topics();
        for (List<String> names : batches(topics.keySet())) {
            Map<String, Config> configs = configs(ConfigResource.Type.TOPIC, names);
            for (String name : names) {
                TopicDescription topic = topics.get(name);
                line(name, List.of(String.valueOf(topic.partitions().size()),
                        String.valueOf(topic.partitions().get(0).replicas().size())),
                        own(configs.get(name), ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG));
            }
        }
    }

    private void ids() throws Exception {
        topics().forEach((name, topic) -> line(name, List.of(topic.topicId().toString()), List.of()));
    }

    private void await(int count, int seconds) throws Exception {
        long deadline = System.nanoTime() + seconds * 1_000_000_000L;
        int seen = topics().size();
        while (seen != count) {
            if (System.nanoTime() > deadline) {
                fail(seen + " topics after " + seconds + " s, not " + count);
            }
            Thread.sleep(100);
            seen = topics().size();
        }
    }

    private void empty() throws Exception {
        admin.deleteTopics(topics().keySet()).all().get();
        await(0, 60);
    }

    /** One start of Java for many commands. A command that fails answers with a line "! why". */
    private void serve() throws Exception {
        BufferedReader reader = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            List<String> words = List.of(line.split("\t", -1));
            try {
                command(words.get(0), words.subList(1, words.size()));
            } catch (ExecutionException e) {
                OUT.println("! " + e.getCause());
            }
            OUT.println(".");
            OUT.flush();
        }
    }

    // ---- everything else ------------------------------------------------------------------------------------------

    private void acl(List<String> words) throws Exception {
        admin.createAcls(List.of(binding(words))).all().get();
    }

    private void aclDelete(List<String> principals) throws Exception {
        List<AclBindingFilter> filters = principals.stream().map(principal -> new AclBindingFilter(ResourcePatternFilter.ANY,
                new AccessControlEntryFilter(principal, null, AclOperation.ANY, AclPermissionType.ANY))).collect(Collectors.toList());
        admin.deleteAcls(filters).all().get();
    }

    /** Many: a line each, its fields as the words of acl, with TABs between. */
    private void aclFile(String path) throws Exception {
        List<AclBinding> batch = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(new FileInputStream(path), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                batch.add(binding(List.of(line.split("\t", -1))));
                if (batch.size() == TOPICS_A_REQUEST) {
                    admin.createAcls(batch).all().get();
                    batch.clear();
                }
            }
        }
        admin.createAcls(batch).all().get();
    }

    private static AclBinding binding(List<String> words) {
        ResourcePattern pattern = new ResourcePattern(ResourceType.valueOf(words.get(3).toUpperCase(Locale.ROOT)), words.get(4),
                words.size() > 5 ? PatternType.valueOf(words.get(5).toUpperCase(Locale.ROOT)) : PatternType.LITERAL);
        AccessControlEntry entry = new AccessControlEntry(words.get(1), words.size() > 6 ? words.get(6) : "*",
                AclOperation.valueOf(words.get(2).toUpperCase(Locale.ROOT)),
                AclPermissionType.valueOf(words.get(0).toUpperCase(Locale.ROOT)));
        return new AclBinding(pattern, entry);
    }

    private void acls() throws Exception {
        TreeSet<String> lines = new TreeSet<>();
        for (AclBinding acl : admin.describeAcls(AclBindingFilter.ANY).values().get()) {
            AccessControlEntry entry = acl.entry();
            lines.add(joined(List.of(lower(entry.permissionType()), entry.principal(), entry.operation().name(),
                    acl.pattern().resourceType().name(), acl.pattern().name(), lower(acl.pattern().patternType()), entry.host())));
        }
        lines.forEach(OUT::println);
    }

    private void users() throws Exception {
        new TreeMap<>(admin.describeUserScramCredentials().all().get()).forEach((name, user) -> line(name, List.of(),
                user.credentialInfos().stream().map(c -> c.mechanism().mechanismName() + "=" + c.iterations())
                        .sorted().collect(Collectors.toList())));
    }

    private void user(List<String> words) throws Exception {
        ScramMechanism mechanism = ScramMechanism.fromMechanismName("SCRAM-SHA-" + words.get(1));
        UserScramCredentialAlteration change = words.size() < 4
                ? new UserScramCredentialDeletion(words.get(0), mechanism)
                : new UserScramCredentialUpsertion(words.get(0), new ScramCredentialInfo(mechanism,
                        Integer.parseInt(words.get(2))), words.get(3));
        admin.alterUserScramCredentials(List.of(change)).all().get();
    }

    private void quota(List<String> words) throws Exception {
        Map<String, String> entity = new HashMap<>();
        for (String part : words.get(0).split(",")) {
            String name = part.substring(part.indexOf(':') + 1);
            entity.put(part.substring(0, part.indexOf(':')), name.equals("*") ? null : name);
        }
        admin.alterClientQuotas(List.of(new ClientQuotaAlteration(new ClientQuotaEntity(entity), words.stream().skip(1)
                .map(e -> new ClientQuotaAlteration.Op(e.substring(0, e.indexOf('=')),
                        Double.valueOf(e.substring(e.indexOf('=') + 1)))).collect(Collectors.toList())))).all().get();
    }

    private void config(List<String> words) throws Exception {
        ConfigResource resource = new ConfigResource(
                ConfigResource.Type.valueOf(words.get(0).toUpperCase(Locale.ROOT)), words.get(1));
        List<AlterConfigOp> changes = words.stream().skip(2).map(e -> new AlterConfigOp(new ConfigEntry(
                e.substring(0, e.indexOf('=')), e.substring(e.indexOf('=') + 1)), AlterConfigOp.OpType.SET))
                .collect(Collectors.toList());
        admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
    }

    private void quotas() throws Exception {
        TreeSet<String> lines = new TreeSet<>();
        admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get().forEach((entity, values) -> {
            List<String> fields = new ArrayList<>();
            new TreeMap<>(entity.entries()).forEach((type, name) -> fields.add(type + ":" + (name == null ? "<default>" : name)));
            new TreeMap<>(values).forEach((key, value) -> fields.add(key + "=" + value));
            lines.add(joined(fields));
        });
        lines.forEach(OUT::println);
    }

    private void configs() throws Exception {
        List<String> brokers = new ArrayList<>(List.of(""));
        admin.describeCluster().nodes().get().forEach(node -> brokers.add(node.idString()));
        // One question a broker: each answers for itself alone; the name "" is the default of all of them.
        for (String broker : new TreeSet<>(brokers)) {
            Config config = configs(ConfigResource.Type.BROKER, List.of(broker)).get(broker);
            line("broker", List.of(broker.isEmpty() ? "<default>" : broker), own(config, broker.isEmpty()
                    ? ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG : ConfigEntry.ConfigSource.DYNAMIC_BROKER_CONFIG));
        }
        named(ConfigResource.Type.GROUP, "group", ConfigEntry.ConfigSource.DYNAMIC_GROUP_CONFIG);
        named(ConfigResource.Type.CLIENT_METRICS, "client-metrics", ConfigEntry.ConfigSource.DYNAMIC_CLIENT_METRICS_CONFIG);
    }

    private void named(ConfigResource.Type type, String word, ConfigEntry.ConfigSource source) throws Exception {
        Collection<ConfigResource> resources;
        try {
            resources = admin.listConfigResources(Set.of(type), new ListConfigResourcesOptions()).all().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnsupportedVersionException) {
                return; // brokers before 4.1 cannot list these
            }
            throw e;
        }
        List<String> names = resources.stream().map(ConfigResource::name).sorted().collect(Collectors.toList());
        Map<String, Config> configs = configs(type, names);
        for (String name : names) {
            line(word, List.of(name), own(configs.get(name), source));
        }
    }

    // ---- helpers --------------------------------------------------------------------------------------------------

    private Map<String, Config> configs(ConfigResource.Type type, Collection<String> names) throws Exception {
        List<ConfigResource> resources = names.stream().map(n -> new ConfigResource(type, n)).collect(Collectors.toList());
        Map<String, Config> configs = new HashMap<>();
        admin.describeConfigs(resources).all().get().forEach((resource, config) -> configs.put(resource.name(), config));
        return configs;
    }

    /** key=value of what was set at this level, sorted; a sensitive value is never told and reads (hidden). */
    private static List<String> own(Config config, ConfigEntry.ConfigSource source) {
        return config.entries().stream().filter(e -> e.source() == source)
                .map(e -> e.name() + "=" + Optional.ofNullable(e.value()).orElse("(hidden)")).sorted().collect(Collectors.toList());
    }

    private static List<List<String>> batches(Collection<String> names) {
        List<String> sorted = new ArrayList<>(new TreeSet<>(names));
        List<List<String>> batches = new ArrayList<>();
        for (int i = 0; i < sorted.size(); i += TOPICS_A_REQUEST) {
            batches.add(sorted.subList(i, Math.min(i + TOPICS_A_REQUEST, sorted.size())));
        }
        return batches;
    }

    private static void line(String first, List<String> second, List<String> third) {
        List<String> fields = new ArrayList<>(List.of(first));
        fields.addAll(second);
        fields.addAll(third);
        OUT.println(joined(fields));
    }

    private static String joined(List<String> fields) {
        return fields.stream().map(f -> f.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n"))
                .collect(Collectors.joining("\t"));
    }

    private static String unescape(String field) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && i + 1 < field.length()) {
                c = field.charAt(++i);
                c = c == 't' ? '\t' : c == 'n' ? '\n' : c;
            }
            text.append(c);
        }
        return text.toString();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static void fail(String why) {
        OUT.flush();
        System.err.println("Lab: " + why);
        System.exit(1);
    }
}
