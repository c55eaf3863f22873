// The live tests' independent witness: fills clusters and lists what is in them, by Kafka's own AdminClient and by
// nothing of this project. Listings are sorted lines of TAB-separated fields, so that two of them can be compared.
//
//   create BOOTSTRAP FILE        topics; a line: NAME partitions replication-factor [key=value]...   ("-" is stdin)
//   list BOOTSTRAP               the same lines, with own configuration only: what `list` prints, `create` reads
//   ids BOOTSTRAP                NAME topic-id
//   delete BOOTSTRAP NAME...     topics
//   wait BOOTSTRAP COUNT [SECONDS]   until COUNT topics are listed (60 s)
//   acl BOOTSTRAP allow|deny PRINCIPAL OPERATION TYPE NAME [literal|prefixed [HOST]]   e.g. allow User:a READ TOPIC t
//   acls BOOTSTRAP               allow|deny PRINCIPAL OPERATION TYPE NAME pattern HOST
//   users BOOTSTRAP              NAME mechanism=iterations...
//   quotas BOOTSTRAP             entity key=value...
//   serve BOOTSTRAP              commands from stdin, a line each with TABs between; each answer ends with a line "."
//   empty BOOTSTRAP              delete all topics, and wait until none is listed
//   logins BOOTSTRAP TOPIC FILE  applications; a line: USER 256|512 PASSWORD; prints whether it logs in, and sees the topic
//   hammer BOOTSTRAP TOPIC...    produces to the topics, also while nobody answers, until it is killed
//   write BOOTSTRAP TOPIC FILE   records; a line: TIMESTAMP KEY VALUE [HEADER=VALUE]..., bytes as base64, ~ for null
//   dump BOOTSTRAP TOPIC         the same lines, from the topic's beginning to its end: what `dump` prints, `write` reads
//   ends BOOTSTRAP TOPIC         the offset behind its last record
//   configs BOOTSTRAP            cluster defaults, and broker, group and client-metrics configuration set by somebody
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
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
import java.util.concurrent.Future;
import java.util.stream.Collectors;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class Lab {
    // A broker refuses a request that makes more than 10,000 records: one a topic, a partition, a configuration entry.
    private static final int RECORDS_A_REQUEST = 9000;
    private static final int TOPICS_A_REQUEST = 500;

    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final Admin admin;
    private final Properties properties;

    private Lab(Admin admin, Properties properties) {
        this.admin = admin;
        this.properties = properties;
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
            new Lab(admin, properties).command(words.get(0), words.subList(2, words.size()));
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
            case "users": users(); break;
            case "quotas": quotas(); break;
            case "configs": configs(); break;
            case "logins": logins(words.get(0), words.get(1)); break;
            case "hammer": hammer(words); break;
            case "write": write(words.get(0), words.get(1)); break;
            case "dump": dump(words.get(0)); break;
            case "ends": OUT.println(end(words.get(0))); break;
            default: fail("no such command: " + command);
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
        ResourcePattern pattern = new ResourcePattern(ResourceType.valueOf(words.get(3).toUpperCase(Locale.ROOT)), words.get(4),
                words.size() > 5 ? PatternType.valueOf(words.get(5).toUpperCase(Locale.ROOT)) : PatternType.LITERAL);
        AccessControlEntry entry = new AccessControlEntry(words.get(1), words.size() > 6 ? words.get(6) : "*",
                AclOperation.valueOf(words.get(2).toUpperCase(Locale.ROOT)),
                AclPermissionType.valueOf(words.get(0).toUpperCase(Locale.ROOT)));
        admin.createAcls(List.of(new AclBinding(pattern, entry))).all().get();
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

    // ---- applications ---------------------------------------------------------------------------------------------

    private void logins(String topic, String path) throws Exception {
        for (String line : Files.readAllLines(Path.of(path))) {
            String[] fields = line.split("\t", -1);
            Properties login = new Properties();
            login.put("bootstrap.servers", properties.get("bootstrap.servers"));
            login.put("security.protocol", "SASL_PLAINTEXT");
            login.put("sasl.mechanism", "SCRAM-SHA-" + fields[1]);
            login.put("sasl.jaas.config", "org.apache.kafka.common.security.scram.ScramLoginModule required username=\""
                    + fields[0] + "\" password=\"" + fields[2] + "\";");
            try (Admin application = Admin.create(login)) {
                application.describeTopics(List.of(topic)).allTopicNames().get();
                OUT.println(fields[0] + " logs in by SCRAM-SHA-" + fields[1] + " with the old password, and sees " + topic);
            } catch (ExecutionException e) {
                OUT.println(fields[0] + (e.getCause() instanceof TopicAuthorizationException
                        ? " logs in by SCRAM-SHA-" + fields[1] + " with the old password, and may not see " + topic
                        : ": " + e.getCause().getMessage()));
            }
        }
    }

    /** A client that does not know of any power cycle. */
    private void hammer(List<String> topics) throws Exception {
        Properties producing = new Properties();
        producing.putAll(properties);
        producing.put("max.block.ms", "200");
        producing.put("reconnect.backoff.max.ms", "50");
        producing.put("metadata.max.age.ms", "200");
        producing.put("delivery.timeout.ms", "1000");
        producing.put("request.timeout.ms", "1000");
        producing.put("linger.ms", "0");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(producing, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0;; i = (i + 1) % topics.size()) {
                try {
                    producer.send(new ProducerRecord<>(topics.get(i), new byte[1])).get();
                } catch (ExecutionException | KafkaException e) {
                    // nobody answers: once more
                }
            }
        }
    }

    // ---- records --------------------------------------------------------------------------------------------------

    private static byte[] bytes(String field) {
        return field.equals("~") ? null : Base64.getDecoder().decode(field);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? "~" : Base64.getEncoder().encodeToString(bytes);
    }

    private void write(String topic, String path) throws Exception {
        Properties producing = new Properties();
        producing.putAll(properties);
        producing.put("acks", "all");
        producing.put("max.request.size", "20000000");
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        long begun = System.nanoTime();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(producing, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String line : Files.readAllLines(Path.of(path))) {
                String[] fields = line.split("\t", -1);
                ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, Long.valueOf(fields[0]), bytes(fields[1]), bytes(fields[2]));
                for (int i = 3; i < fields.length; i++) {
                    int equals = fields[i].indexOf('=');
                    record.headers().add(fields[i].substring(0, equals), bytes(fields[i].substring(equals + 1)));
                }
                sent.add(producer.send(record));
            }
            producer.flush();
        }
        for (Future<RecordMetadata> one : sent) {
            one.get();
        }
        System.err.println("wrote " + sent.size() + " records in " + (System.nanoTime() - begun) / 1000000 + " ms");
    }

    private KafkaConsumer<byte[], byte[]> consumer(TopicPartition partition) {
        Properties consuming = new Properties();
        consuming.putAll(properties);
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(consuming, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        return consumer;
    }

    private long end(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(partition)) {
            return consumer.endOffsets(List.of(partition)).get(partition);
        }
    }

    private void dump(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(partition)) {
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    StringBuilder line = new StringBuilder();
                    line.append(record.timestamp()).append('\t').append(text(record.key())).append('\t').append(text(record.value()));
                    record.headers().forEach(h -> line.append('\t').append(h.key()).append('=').append(text(h.value())));
                    OUT.println(line);
                }
            }
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
