// The live tests' clients in Java, which Lab.java's commands are extended by: applications that log in, that stay up
// while a cluster is powered off and on again, and that change a cluster all the time.
//
//   produce BOOTSTRAP USER PASSWORD 256|512 TOPIC    one batch of 20,000 bytes by SCRAM; prints the milliseconds of throttling
//   logins BOOTSTRAP TOPIC FILE  applications; a line: USER 256|512 PASSWORD; prints whether it logs in, and sees the topic
//   hammer BOOTSTRAP TOPIC...    produces to the topics, also while nobody answers, until it is killed
//   steady BOOTSTRAP TOPIC       "pid PID", then a producer and a consumer without end; after each change "ACKNOWLEDGED CONSUMED"
//   move BOOTSTRAP TOPIC ID,ID.. [keep]    partition 0 gets these replicas and the first as its leader; keep: the leader stays
//   leader BOOTSTRAP TOPIC       of partition 0: its id
//   storm BOOTSTRAP COUNT        makes and deletes COUNT topics, and ACLs and users meanwhile; half of each is left

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

final class LabClients {
    private static final int STORM_BATCH = 20;

    private LabClients() {
    }

    /** One of our commands: its answer, which may be empty. */
    static String command(Admin admin, String servers, String command, List<String> words) throws Exception {
        switch (command) {
            case "produce": return produce(words);
            case "logins": return logins(servers, words.get(0), words.get(1));
            case "hammer": hammer(servers, words); return "";
            case "steady": steady(servers, words.get(0)); return "";
            case "move": move(admin, words); return "";
            case "leader": return String.valueOf(partition(admin, words.get(0)).leader().id());
            case "storm": storm(admin, Integer.parseInt(words.get(0))); return "";
            default: throw new ExecutionException(new IllegalArgumentException("no such command: " + command));
        }
    }

    private static Properties properties(String servers) {
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        p.put("max.block.ms", "10000");
        p.put("auto.offset.reset", "earliest");
        p.put("group.id", "lab");
        return p;
    }

    private static Producer<byte[], byte[]> producer(Properties p) {
        return new KafkaProducer<>(p, new ByteArraySerializer(), new ByteArraySerializer());
    }

    // ---- an application that logs in ------------------------------------------------------------------------------

    private static void login(Properties p, String user, String password, String bits) {
        p.put("security.protocol", "SASL_PLAINTEXT");
        p.put("sasl.mechanism", "SCRAM-SHA-" + bits);
        p.put("sasl.jaas.config", String.format("%s required username=\"%s\" password=\"%s\";",
                "org.apache.kafka.common.security.scram.ScramLoginModule", user, password));
    }

    /** words: BOOTSTRAP USER PASSWORD BITS TOPIC, since the listener is another than the witness's. */
    private static String produce(List<String> words) throws ExecutionException, InterruptedException {
        Properties p = properties(words.get(0));
        login(p, words.get(1), words.get(2), words.get(3));
        p.put("enable.idempotence", "false");
        p.put("linger.ms", "100");
        try (Producer<byte[], byte[]> producer = producer(p)) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                sent.add(producer.send(new ProducerRecord<>(words.get(4), 0, new byte[] {(byte) i}, new byte[2000])));
            }
            for (Future<?> one : sent) {
                one.get();
            }
            return producer.metrics().entrySet().stream().filter(m -> m.getKey().name().equals("produce-throttle-time-max"))
                    .map(m -> String.valueOf(((Double) m.getValue().metricValue()).longValue())).findFirst().orElse("none");
        } catch (KafkaException e) {
            throw new ExecutionException(e);
        }
    }

    private static String logins(String servers, String topic, String path) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(path))) {
            String[] fields = line.split("\t", -1);
            Properties p = properties(servers);
            String by = " logs in by SCRAM-SHA-" + fields[1] + " with the old password, and ";
            login(p, fields[0], fields[2], fields[1]);
            try (Admin application = Admin.create(p)) {
                application.describeTopics(List.of(topic)).allTopicNames().get();
                lines.add(fields[0] + by + "sees " + topic);
            } catch (ExecutionException e) {
                lines.add(fields[0] + (e.getCause() instanceof TopicAuthorizationException ? by + "may not see " + topic
                        : ": " + e.getCause().getMessage()));
            }
        }
        return String.join("\n", lines);
    }

    /** A client that knows nothing of a power cycle, and comes back at once. */
    private static void hammer(String servers, List<String> topics) throws Exception {
        Properties p = properties(servers);
        p.put("max.block.ms", "200");
        p.put("reconnect.backoff.max.ms", "50");
        p.put("metadata.max.age.ms", "200");
        p.put("delivery.timeout.ms", "1000");
        p.put("request.timeout.ms", "1000");
        p.put("linger.ms", "0");
        try (Producer<byte[], byte[]> producer = producer(p)) {
            for (int i = 0;; i = (i + 1) % topics.size()) {
                try {
                    producer.send(new ProducerRecord<>(topics.get(i), new byte[1])).get();
                } catch (ExecutionException | KafkaException e) {
                    // nobody answers: once more
                }
            }
        }
    }

    // ---- one that stays up ----------------------------------------------------------------------------------------

    private static void steady(String servers, String topic) {
        AtomicLong acknowledged = new AtomicLong();
        AtomicLong open = new AtomicLong();
        long consumed = 0;
        String said = "";
        System.out.println("pid " + ProcessHandle.current().pid());
        Properties p = properties(servers);
        try (Producer<byte[], byte[]> producer = producer(p); KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(p, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(Set.of(topic));
            while (true) {
                if (open.get() < 10) {
                    open.incrementAndGet();
                    producer.send(new ProducerRecord<>(topic, 0, new byte[] {1}, new byte[] {2}), (metadata, e) -> {
                        open.decrementAndGet();
                        acknowledged.addAndGet(e == null ? 1 : 0);
                    });
                }
                try {
                    consumed += consumer.poll(Duration.ofMillis(50)).count();
                } catch (KafkaException e) {
                    System.err.println("steady: " + e);
                }
                String now = acknowledged.get() + " " + consumed;
                if (!now.equals(said)) {
                    System.out.println(now);
                    said = now;
                }
            }
        }
    }

    // ---- leaders --------------------------------------------------------------------------------------------------

    private static TopicPartitionInfo partition(Admin admin, String topic) throws Exception {
        return admin.describeTopics(List.of(topic)).topicNameValues().get(topic).get().partitions().get(0);
    }

    private static void move(Admin admin, List<String> words) throws Exception {
        TopicPartition partition = new TopicPartition(words.get(0), 0);
        List<Integer> ids = Stream.of(words.get(1).split(",")).map(Integer::valueOf).collect(Collectors.toList());
        admin.alterPartitionReassignments(Map.of(partition, Optional.of(new NewPartitionReassignment(ids)))).all().get();
        while (!partition(admin, words.get(0)).replicas().stream().map(Node::id).collect(Collectors.toList()).equals(ids)) {
            Thread.sleep(20);
        }
        while (words.size() < 3 && partition(admin, words.get(0)).leader().id() != ids.get(0)) {
            try {
                admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).all().get();
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof ElectionNotNeededException)) {
                    throw e;
                }
            }
            Thread.sleep(20);
        }
    }

    // ---- a storm --------------------------------------------------------------------------------------------------

    private static void storm(Admin admin, int count) throws Exception {
        for (int from = 0; from < count; from += STORM_BATCH) {
            List<NewTopic> topics = new ArrayList<>();
            List<String> again = new ArrayList<>();
            for (int i = from; i < from + STORM_BATCH; i++) {
                topics.add(new NewTopic("storm-" + i, 1 + i % 2, (short) 1).configs(Map.of("retention.ms", "10000" + i)));
                if (i % 2 == 0) {
                    again.add("storm-" + i);
                }
            }
            admin.createTopics(topics).all().get();
            aside(admin, from);
            admin.deleteTopics(again).all().get();
            if (from % (5 * STORM_BATCH) == 0) { // under the same name, with another id
                admin.createTopics(List.of(new NewTopic("storm-" + from, 3, (short) 1))).all().get();
            }
        }
    }

    private static void aside(Admin admin, int number) throws Exception {
        ScramCredentialInfo info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096);
        String user = "storm-" + number;
        AclBinding acl = new AclBinding(new ResourcePattern(ResourceType.TOPIC, user, PatternType.LITERAL),
                new AccessControlEntry("User:" + user, "*", AclOperation.READ, AclPermissionType.DENY));
        admin.createAcls(List.of(acl)).all().get();
        admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(user, info, "storm"))).all().get();
        if (number % (2 * STORM_BATCH) == 0) {
            admin.deleteAcls(List.of(acl.toFilter())).all().get();
            admin.alterUserScramCredentials(List.of(
                    new UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_256))).all().get();
        }
    }
}
