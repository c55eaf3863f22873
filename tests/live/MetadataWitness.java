// What Kafka's own classes make of metadata logs: the witness of t_kraft_property.sh. Batches are read by RecordsIterator,
// transactions and changes applied by MetadataBatchLoader, as brokers do; the image that comes of it is written down as
// the lines of core/seal/FORMAT.md.
//
//   MetadataWitness FOLDER       for each FOLDER/N: reads N/__cluster_metadata-0, writes N/expected
//
// Of every second one, Kafka then writes a checkpoint of some state in the middle and the segments before it are removed,
// so that what is read by us begins with Kafka's own checkpoint.

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.memory.MemoryPool;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.image.loader.MetadataBatchLoader;
import org.apache.kafka.image.writer.ImageWriterOptions;
import org.apache.kafka.image.writer.RaftSnapshotWriter;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.metadata.SupportedConfigChecker;
import org.apache.kafka.raft.Batch;
import org.apache.kafka.raft.LeaderAndEpoch;
import org.apache.kafka.raft.internals.RecordsIterator;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.apache.kafka.snapshot.FileRawSnapshotWriter;
import org.apache.kafka.snapshot.RecordsSnapshotWriter;

public final class MetadataWitness {
    private static final int BATCH_MAX = 8 * 1024 * 1024;
    private static final Set<String> KAFKAS = Set.of("__consumer_offsets", "__transaction_state", "__share_group_state",
        "__cluster_metadata");

    private MetadataImage image = MetadataImage.EMPTY;
    private final List<MetadataImage> images = new ArrayList<>();
    private final TreeMap<String, String> lines = new TreeMap<>(Comparator.comparing(s -> s.getBytes(StandardCharsets.UTF_8),
        Arrays::compareUnsigned));

    public static void main(String[] args) throws Exception {
        for (int n = 0; Files.isDirectory(Path.of(args[0], Integer.toString(n))); n++) {
            Path folder = Path.of(args[0], Integer.toString(n));
            try {
                new MetadataWitness().witness(folder, n % 2 == 1);
            } catch (Exception e) {
                throw new IllegalStateException("history " + n, e);
            }
        }
    }

    private void witness(Path folder, boolean checkpoint) throws Exception {
        Path log = folder.resolve("__cluster_metadata-0");
        read(log);
        StringBuilder all = new StringBuilder();
        describe();
        for (Map.Entry<String, String> line : lines.entrySet()) {
            int kind = line.getKey().charAt(0) - 'A';
            all.append("{\"key\":").append(text(line.getKey().substring(1))).append(",\"kind\":\"").append(KINDS[kind])
                .append("\",\"value\":").append(line.getValue()).append("}\n");
        }
        Files.writeString(folder.resolve("expected"), all);
        if (checkpoint && images.size() > 2)
            replaceByCheckpoint(log, images.get(images.size() / 2));
    }

    // ---- reading, as a broker does -----------------------------------------------------------------------------------

    private static List<File> segments(Path log) {
        File[] found = log.toFile().listFiles((dir, name) -> name.endsWith(".log"));
        Arrays.sort(found);
        return List.of(found);
    }

    private void read(Path log) throws Exception {
        MetadataBatchLoader loader = new MetadataBatchLoader(new LogContext(), Time.SYSTEM, (message, cause) -> {
            throw new IllegalStateException(message, cause);
        }, (delta, newImage, manifest) -> {
            image = newImage;
            images.add(newImage);
        }, SupportedConfigChecker.TRUE);
        loader.resetToImage(MetadataImage.EMPTY);
        for (File segment : segments(log)) {
            try (FileRecords records = FileRecords.open(segment, false);
                 RecordsIterator<ApiMessageAndVersion> batches = new RecordsIterator<>(records, new MetadataRecordSerde(),
                     BufferSupplier.NO_CACHING, BATCH_MAX, true, new LogContext())) {
                while (batches.hasNext()) {
                    Batch<ApiMessageAndVersion> batch = batches.next();
                    LeaderAndEpoch leader = new LeaderAndEpoch(OptionalInt.of(1), batch.epoch());
                    loader.loadBatch(batch, leader);
                    loader.maybeFlushBatches(leader, true);
                }
            }
        }
    }

    private static void replaceByCheckpoint(Path log, MetadataImage at) throws Exception {
        OffsetAndEpoch end = new OffsetAndEpoch(at.offset() + 1, at.highestOffsetAndEpoch().epoch());
        RecordsSnapshotWriter<ApiMessageAndVersion> records = new RecordsSnapshotWriter.Builder()
            .setLastContainedLogTimestamp(1700000000000L).setCompression(Compression.NONE).setTime(Time.SYSTEM)
            .setMaxBatchSizeBytes(BATCH_MAX).setMemoryPool(MemoryPool.NONE).setKraftVersion(KRaftVersion.KRAFT_VERSION_0)
            .setVoterSet(Optional.empty()).setRawSnapshotWriter(FileRawSnapshotWriter.create(log, end))
            .build(new MetadataRecordSerde());
        RaftSnapshotWriter writer = new RaftSnapshotWriter(records, 10);
        at.write(writer, new ImageWriterOptions.Builder(at).build());
        writer.close(true);
        List<File> all = segments(log);
        for (int i = 0; i + 1 < all.size(); i++)
            if (Long.parseLong(all.get(i + 1).getName().substring(0, 20)) <= end.offset())
                Files.delete(all.get(i).toPath());
    }

    // ---- the image as lines ------------------------------------------------------------------------------------------

    private static final String[] KINDS = {"cluster_config", "user", "acl", "topic", "quota", "group_config",
        "client_metrics", "", "", "", "", "", "", "", "", "identity"};

    private void line(int kind, String key, String value) {
        if (lines.put((char) ('A' + kind) + key, value) != null && kind != 2)
            throw new IllegalStateException("twice: " + key);
    }

    private void describe() {
        image.topics().topicsById().values().forEach(this::topic);
        image.configs().resourceData().forEach((resource, configs) -> config(resource, configs.data()));
        users();
        image.acls().acls().values().forEach(acl -> line(2, "[" + String.join(",", text(acl.resourceType().name()),
            text(acl.patternType().name()), text(acl.resourceName()), text(acl.principal()), text(acl.host()),
            text(acl.operation().name()), text(acl.permissionType().name())) + "]", "{}"));
        image.clientQuotas().entities().forEach((entity, quotas) -> {
            TreeMap<String, String> values = new TreeMap<>();
            quotas.quotas().forEach((name, value) -> values.put(name, number(value)));
            TreeMap<String, String> parts = new TreeMap<>();
            entity.entries().forEach((type, name) -> parts.put(type, name == null ? "null" : text(name)));
            if (!values.isEmpty())
                line(4, object(parts), "{\"quotas\":" + object(values) + "}");
        });
    }

    private static String configs(Map<String, String> data) {
        TreeMap<String, String> values = new TreeMap<>();
        data.forEach((name, value) -> values.put(name, text(value)));
        return "\"configs\":" + object(values);
    }

    private void topic(TopicImage topic) {
        List<String> epochs = new ArrayList<>(), placement = new ArrayList<>();
        int factor = 0;
        for (int i = 0; i < topic.partitions().size(); i++) {
            PartitionRegistration partition = topic.partitions().get(i);
            factor = i == 0 ? partition.replicas.length : factor;
            epochs.add("[" + partition.leaderEpoch + "," + partition.partitionEpoch + "]");
            placement.add(Arrays.toString(partition.replicas).replace(" ", ""));
        }
        line(15, topic.name(), "{\"epochs\":[" + String.join(",", epochs) + "],\"partitions\":[" + String.join(",", placement)
            + "],\"topic_id\":\"" + topic.id() + "\"}");
        if (!KAFKAS.contains(topic.name()) && !epochs.isEmpty())
            line(3, topic.name(), "{" + configs(image.configs().configMapForResource(
                new ConfigResource(ConfigResource.Type.TOPIC, topic.name()))) + ",\"partitions\":" + epochs.size()
                + ",\"replication_factor\":" + factor + "}");
    }

    private void config(ConfigResource resource, Map<String, String> data) {
        int kind = switch (resource.type()) {
            case BROKER -> 0;
            case GROUP -> 5;
            case CLIENT_METRICS -> 6;
            default -> -1;
        };
        if (kind >= 0 && !data.isEmpty())
            line(kind, kind == 0 && resource.name().isEmpty() ? "default" : resource.name(), "{" + configs(data) + "}");
    }

    private void users() {
        TreeMap<String, TreeMap<String, String>> users = new TreeMap<>();
        image.scram().mechanisms().forEach((mechanism, credentials) -> credentials.forEach((name, c) ->
            users.computeIfAbsent(name, n -> new TreeMap<>()).put(mechanism.mechanismName(), "{\"iterations\":" + c.iterations()
                + ",\"salt\":\"" + base64(c.salt()) + "\",\"server_key\":\"" + base64(c.serverKey()) + "\",\"stored_key\":\""
                + base64(c.storedKey()) + "\"}")));
        users.forEach((name, credentials) -> line(1, name, object(credentials)));
    }

    // ---- canonical JSON ----------------------------------------------------------------------------------------------

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static String number(double value) { // of quarters, so that this is exact
        return new BigDecimal(value).stripTrailingZeros().toPlainString();
    }

    private static String object(TreeMap<String, String> members) {
        Collection<String> parts = new ArrayList<>();
        members.forEach((key, value) -> parts.add(text(key) + ":" + value));
        return "{" + String.join(",", parts) + "}";
    }

    private static String text(String s) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            if (c == '"' || c == '\\')
                out.append('\\').append(c);
            else if (c < 0x20)
                out.append(String.format("\\u%04x", (int) c));
            else
                out.append(c);
        }
        return out.append('"').toString();
    }
}
