// The live tests' records, byte for byte, which Lab.java's commands are extended by.
//
//   write BOOTSTRAP TOPIC FILE   records; a line: TIMESTAMP KEY VALUE [HEADER=VALUE]..., bytes as base64, ~ for null
//   dump BOOTSTRAP TOPIC         the same lines, from the topic's beginning to its end: what `dump` prints, `write` reads
//   ends BOOTSTRAP TOPIC         the offset behind its last record

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

final class LabRecords {
    private LabRecords() {
    }

    /** One of our commands: its answer, which may be empty; null: it is none of ours. */
    static String command(String servers, String command, List<String> words) throws Exception {
        switch (command) {
            case "write": write(servers, words.get(0), words.get(1)); return "";
            case "dump": return dump(servers, words.get(0));
            case "ends": return String.valueOf(end(servers, words.get(0)));
            default: return null;
        }
    }

    private static byte[] bytes(String field) {
        return field.equals("~") ? null : Base64.getDecoder().decode(field);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? "~" : Base64.getEncoder().encodeToString(bytes);
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, String line) {
        String[] fields = line.split("\t", -1);
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topic, 0, Long.valueOf(fields[0]), bytes(fields[1]), bytes(fields[2]));
        for (int i = 3; i < fields.length; i++) {
            int equals = fields[i].indexOf('=');
            record.headers().add(fields[i].substring(0, equals), bytes(fields[i].substring(equals + 1)));
        }
        return record;
    }

    private static void write(String servers, String topic, String path) throws Exception {
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        p.put("acks", "all");
        p.put("max.request.size", "20000000");
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        long begun = System.nanoTime();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(p, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String line : Files.readAllLines(Path.of(path))) {
                sent.add(producer.send(record(topic, line)));
            }
        }
        for (Future<RecordMetadata> one : sent) {
            one.get();
        }
        System.err.println("wrote " + sent.size() + " records in " + (System.nanoTime() - begun) / 1000000 + " ms");
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String servers, TopicPartition partition) {
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(p, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        return consumer;
    }

    private static long end(String servers, String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(servers, partition)) {
            return consumer.endOffsets(List.of(partition)).get(partition);
        }
    }

    private static String dump(String servers, String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        List<String> lines = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(servers, partition)) {
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    StringBuilder line = new StringBuilder();
                    line.append(record.timestamp()).append('\t').append(text(record.key())).append('\t').append(text(record.value()));
                    record.headers().forEach(h -> line.append('\t').append(h.key()).append('=').append(text(h.value())));
                    lines.add(line.toString());
                }
            }
        }
        return String.join("\n", lines);
    }
}
