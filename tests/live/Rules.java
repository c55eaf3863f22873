// What one version of Kafka takes: the witness of core/kraft/rules*.c. Each answer comes from the code that the
// controllers and brokers of that version run (ControllerConfigurationValidator, DynamicBrokerConfig.validate,
// AclControlManager, ScramControlManager, ClientQuotaControlManager), reached by reflection where it is not public.
//
//   level              the metadata.version that this version formats for
//   names              KIND NAME of every config that may be in its metadata log; "static": of server.properties alone
//   lines              "yes" or "no", a TAB, a document's line: every config with values around its borders, and more
//   records            LEVEL RECORD VERSION (-1: not known), for each metadata.version that was released

import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;

import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.server.common.MetadataVersion;

public final class Rules {
    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);

    private final kafka.server.KafkaConfig config;
    private final Object validator;
    private final Properties server = new Properties();

    public static void main(String[] words) throws Exception {
        Rules rules = new Rules();
        switch (words[0]) {
            case "level": OUT.println(MetadataVersion.latestProduction().featureLevel()); break;
            case "names": rules.names(); break;
            case "lines": rules.lines(); break;
            case "records": records(); break;
            default: throw new IllegalArgumentException(words[0]);
        }
        OUT.flush();
    }

    // server.properties bounds what groups may have; here nothing but the definitions is asked for.
    private Rules() throws Exception {
        server.put("process.roles", "broker,controller");
        server.put("node.id", "1");
        server.put("controller.quorum.voters", "1@127.0.0.1:9093");
        server.put("listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093");
        server.put("controller.listener.names", "CONTROLLER");
        server.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        server.put("log.dirs", "/nowhere");
        for (String kind : List.of("consumer", "share", "streams")) {
            for (String what : List.of("heartbeat.interval", "session.timeout")) {
                server.put("group." + kind + ".min." + what + ".ms", "1");
                server.put("group." + kind + ".max." + what + ".ms", "2147483647");
            }
            server.put("group." + kind + ".max.assignment.interval.ms", "2147483647");
        }
        server.put("group.share.min.record.lock.duration.ms", "1000");
        server.put("group.share.max.record.lock.duration.ms", "3600000");
        server.put("group.streams.max.standby.replicas", "2147483647");
        config = new kafka.server.KafkaConfig(server);
        for (Method m : config.dynamicConfig().getClass().getMethods()) {
            if (m.getName().equals("initialize")) {
                Object[] none = new Object[m.getParameterCount()];
                Arrays.fill(none, Class.forName("scala.None$").getField("MODULE$").get(null));
                m.invoke(config.dynamicConfig(), none);
            }
        }
        validator = Class.forName("kafka.server.ControllerConfigurationValidator")
            .getConstructor(kafka.server.KafkaConfig.class).newInstance(config);
    }

    // ---- reflection ----

    private static Class<?> find(String... names) {
        for (String name : names) {
            try {
                return Class.forName(name);
            } catch (ClassNotFoundException e) {
                continue;
            }
        }
        return null;
    }

    private static Object call(Object target, Class<?> of, String name, Object... values) throws Throwable {
        for (Class<?> c = of; c != null; c = c.getSuperclass()) {
            for (Method m : c.getDeclaredMethods()) {
                if (m.getName().equals(name) && takes(m, values)) {
                    m.setAccessible(true);
                    Object on = target != null || Modifier.isStatic(m.getModifiers()) ? target
                        : of.getField("MODULE$").get(null);
                    try {
                        return m.invoke(on, values);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }
            }
        }
        throw new NoSuchMethodException(of + "." + name);
    }

    private static boolean takes(Method m, Object[] values) {
        Class<?>[] types = m.getParameterTypes();
        boolean fits = types.length == values.length;
        for (int i = 0; fits && i < types.length; i++) {
            fits = types[i] == boolean.class ? values[i] instanceof Boolean : types[i].isInstance(values[i]);
        }
        return fits;
    }

    private static Collection<String> strings(Object set) throws Throwable { // Java's or Scala's
        List<String> all = new ArrayList<>();
        if (set instanceof Collection) {
            ((Collection<?>) set).forEach(s -> all.add((String) s));
            return all;
        }
        Class<?> iterator = Class.forName("scala.collection.Iterator");
        Object at = set.getClass().getMethod("iterator").invoke(set);
        while ((Boolean) iterator.getMethod("hasNext").invoke(at)) {
            all.add((String) iterator.getMethod("next").invoke(at));
        }
        return all;
    }

    // ---- names ----

    private static Class<?> brokers() {
        return find("org.apache.kafka.server.config.DynamicConfig$Broker", "kafka.server.DynamicConfig$Broker$");
    }

    private static Map<String, Map<String, ConfigDef.ConfigKey>> configs() throws Throwable {
        Map<String, Map<String, ConfigDef.ConfigKey>> names = new TreeMap<>();
        names.put("topic", org.apache.kafka.storage.internals.log.LogConfig.configKeys());
        names.put("client_metrics", ((ConfigDef) call(null,
            Class.forName("org.apache.kafka.server.metrics.ClientMetricsConfigs"), "configDef")).configKeys());
        Class<?> group = find("org.apache.kafka.coordinator.group.GroupConfig");
        if (group != null) {
            names.put("group_config", definition(group).configKeys());
        }
        names.put("cluster_config", brokerConfigs().configKeys());
        return names;
    }

    private static ConfigDef definition(Class<?> group) throws Throwable {
        try {
            return (ConfigDef) group.getField("CONFIG_DEF").get(null);
        } catch (NoSuchFieldException e) {
            return (ConfigDef) call(null, group, "configDef");
        }
    }

    private static ConfigDef brokerConfigs() throws Throwable {
        for (java.lang.reflect.Field f : brokers().getDeclaredFields()) {
            if (f.getType() == ConfigDef.class) {
                f.setAccessible(true);
                return (ConfigDef) f.get(null);
            }
        }
        throw new NoSuchFieldException("DynamicConfig.Broker");
    }

    private void names() throws Exception {
        try {
            for (Map.Entry<String, Map<String, ConfigDef.ConfigKey>> kind : configs().entrySet()) {
                kind.getValue().keySet().forEach(name -> OUT.println(kind.getKey() + " " + name));
            }
            strings(call(null, brokers(), "nonDynamicProps")).forEach(name -> OUT.println("static " + name));
        } catch (Throwable e) {
            throw new Exception(e);
        }
    }

    // ---- records ----

    private static void records() {
        for (MetadataVersion v : MetadataVersion.values()) {
            if (v.featureLevel() < 1 || !v.isProduction()) {
                continue;
            }
            int level = v.featureLevel();
            OUT.println(level + " PartitionRecord " + v.partitionRecordVersion());
            OUT.println(level + " PartitionChangeRecord " + v.partitionChangeRecordVersion());
            OUT.println(level + " UserScramCredentialRecord " + (v.isScramSupported() ? 0 : -1));
            OUT.println(level + " BeginTransactionRecord " + (v.isMetadataTransactionSupported() ? 0 : -1));
            OUT.println(level + " TopicRecord 0");
        }
    }

    // ---- lines ----

    private interface Check {
        void run() throws Throwable;
    }

    private static void line(String kind, String key, String value, Check check) {
        boolean yes = true;
        try {
            check.run();
        } catch (NoSuchMethodException | LinkageError e) {
            throw new IllegalStateException(kind + " " + key + " " + value, e); // the witness is broken
        } catch (Throwable e) {
            yes = false;
        }
        OUT.println((yes ? "yes" : "no") + "\t{\"key\":" + text(key) + ",\"kind\":\"" + kind + "\",\"value\":" + value + "}");
    }

    private static String text(String s) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            out.append(c == '"' || c == '\\' ? "\\" + c : c < ' ' ? String.format("\\u%04x", (int) c) : "" + c);
        }
        return out.append('"').toString();
    }

    private void configs(String kind, String key, String... pairs) {
        Map<String, String> configs = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            configs.put(pairs[i], pairs[i + 1]);
        }
        StringBuilder value = new StringBuilder("{\"configs\":{");
        configs.forEach((n, v) -> value.append(value.charAt(value.length() - 1) == '{' ? "" : ",").append(text(n)).append(':').append(text(v)));
        value.append('}').append(kind.equals("topic") ? ",\"partitions\":1,\"replication_factor\":1}" : "}");
        line(kind, key, value.toString(), () -> check(kind, key, configs));
    }

    private void check(String kind, String key, Map<String, String> configs) throws Throwable {
        Map<String, ConfigResource.Type> types = new HashMap<>();
        for (ConfigResource.Type t : ConfigResource.Type.values()) {
            types.put(t.name(), t);
        }
        String type = kind.equals("cluster_config") ? "BROKER" : kind.equals("group_config") ? "GROUP" : kind.toUpperCase();
        if (types.get(type) == null) {
            throw new IllegalArgumentException("no configs of " + type);
        }
        ConfigResource resource = new ConfigResource(types.get(type), key.equals("default") ? "" : key);
        try {
            call(validator, validator.getClass(), "validate", resource, configs, Map.of());
        } catch (NoSuchMethodException e) {
            call(validator, validator.getClass(), "validate", resource, configs);
        }
        if (type.equals("BROKER")) {
            checkBroker(configs, !key.equals("default"));
        }
    }

    private void checkBroker(Map<String, String> configs, boolean one) throws Throwable {
        Properties properties = new Properties();
        properties.putAll(configs);
        call(config.dynamicConfig(), config.dynamicConfig().getClass(), "validate", properties, one);
        Properties all = new Properties();
        all.putAll(server);
        all.putAll(configs);
        Object log = new kafka.server.KafkaConfig(all).extractLogConfigMap();
        call(null, org.apache.kafka.storage.internals.log.LogConfig.class, "validateBrokerLogConfigValues", log, false);
    }

    private static final String[] ALL = {"", " ", "x", "-", ",", "true", "TRUE", "False", " true ", "yes", "null", "0", "1", "-1", "3"};
    private static final String[] NUMBERS = {
        "+", ".",
        "-2", "-3", "+1", " 7 ", "007", "1 000", "1_000", "1.0", "1e3", "0x10", "1L",
        "2", "3", "4", "5", "8", "9", "10", "13", "14", "15", "17", "18", "22", "23", "99", "100", "999", "1000",
        "-131072", "-131073", "524287", "524288", "1048575", "1048576", "3600000", "3600001",
        "32767", "32768", "-32768", "-32769", "65535", "65536",
        "2147483639", "2147483640", "2147483647", "2147483648", "-2147483648", "-2147483649",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
        "0.5", ".5", "5.", "0.999999", "1.000001", "0.1e1", "10e-1", "10e-2", "0.01e2", "0.01e3", "-0.0", "-0.1", "1e", "1e+", "1e-400", "1e400", "NaN", "Infinity", "1d", "0.5f", "1.2.3",
    };
    private static final String[] WORDS = {
        "compact", "delete", "compact,delete", " delete , compact ", "compact,compact", "compact,", "compact;delete", "Compact",
        "gzip", "GZIP", "snappy", "lz4", "zstd", "producer", "uncompressed", "none", "CreateTime", "LogAppendTime", "createtime",
        "a", "a,b", "a,a", "a,,b", ",a", "__a", "0:1,1:2", "*", "required", "none", "requested", "earliest", "LATEST", "latest",
        "by_duration:PT1H", "by_duration:P1D", "by_duration:P1DT1H", "by_duration:PT1.5S", "by_duration:PT", "by_duration:P", "by_duration:1h", "by_duration:", "by_duration:PT1S1M", "by_duration:P1H",
        "read_committed", "READ_COMMITTED", "read_uncommitted",
        "2.8", "2.8-IV1", "2.8.1", "3.0-IV1", "3.0-IV", "0.10.0", "0.11.0.1", "0.8.0", "4.0-IV0", "9.9", "2.8-IV9",
        "client_id=a", "client_id=a,client_software_name=Java", "client_id=", "=a", "client_id=a=b", "client_ip=a", " client_id = a.* ",
        "client_id=[a-z]+", "client_id=(a", "client_id=a)", "client_id=[a", "client_id=*a", "client_id=a|b", "client_id=a\\", "client_id=a\\.b",
        "client_id=a,client_id=a", "client_id=(a|b)?", "client_id=a{2}",
        "127.0.0.1:5", "127.0.0.1:5,localhost:7", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:5,", ":5",
        "PLAINTEXT://127.0.0.1:9092", "PLAINTEXT//127.0.0.1:9092", "PLAINTEXT://127.0.0.1:", "PLAINTEXT://127.0.0.1:99999",
    };

    private void lines() throws Exception {
        try {
            for (Map.Entry<String, Map<String, ConfigDef.ConfigKey>> kind : configs().entrySet()) {
                new TreeMap<>(kind.getValue()).forEach((name, config) -> borders(kind.getKey(), name, config.type));
            }
            brokerNames();
            orders();
            resources();
            acls();
            users();
            quotas();
        } catch (Throwable e) {
            throw new Exception(e);
        }
    }

    private void borders(String kind, String name, ConfigDef.Type type) {
        String key = kind.equals("cluster_config") ? "1" : "a";
        boolean number = List.of(ConfigDef.Type.INT, ConfigDef.Type.LONG, ConfigDef.Type.SHORT, ConfigDef.Type.DOUBLE).contains(type);
        for (String[] values : new String[][] {ALL, number ? NUMBERS : type == ConfigDef.Type.BOOLEAN ? new String[0] : WORDS}) {
            for (String value : values) {
                configs(kind, key, name, value);
            }
        }
        configs(kind, key, name, "x".repeat(32768));
    }

    // Where a broker's config may stand: of all, of one, of a listener.
    private void brokerNames() throws Throwable {
        Map<String, ConfigDef.ConfigKey> keys = brokerConfigs().configKeys();
        Collection<String> fixed = strings(call(null, brokers(), "nonDynamicProps"));
        for (String name : new TreeSet<>(keys.keySet())) {
            String value = sample(keys.get(name));
            configs("cluster_config", "default", name, value);
            configs("cluster_config", "1", "listener.name.internal." + name, value);
            configs("cluster_config", "default", "listener.name.internal." + name, value);
        }
        for (String name : new TreeSet<>(fixed)) {
            configs("cluster_config", "default", name, "1");
        }
        configs("cluster_config", "default", "my.reporter.setting", "anything");
        configs("cluster_config", "1", "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config", "anything");
        configs("cluster_config", "default", "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config", "anything");
    }

    private static String sample(ConfigDef.ConfigKey key) {
        switch (key.type) {
            case BOOLEAN: return "true";
            case INT: case LONG: case SHORT: return key.name.endsWith(".level") ? "9" : key.name.endsWith(".bytes") ? "1048576" : "9";
            case DOUBLE: return "0.5";
            default: return key.name.endsWith("cleanup.policy") ? "delete" : key.name.endsWith("type") ? "x" : "";
        }
    }

    private void orders() {
        String[] numbers = {"1", "5000", "5001", "45000", "45001", "9999999"};
        for (String a : numbers) {
            for (String b : numbers) {
                configs("topic", "a", "min.compaction.lag.ms", a, "max.compaction.lag.ms", b);
                configs("cluster_config", "default", "log.cleaner.min.compaction.lag.ms", a, "log.cleaner.max.compaction.lag.ms", b);
                for (String kind : List.of("consumer", "share", "streams")) {
                    configs("group_config", "a", kind + ".heartbeat.interval.ms", a, kind + ".session.timeout.ms", b);
                }
            }
        }
        String[] lags = {"-2", "-1", "0", "1000", "2000"};
        for (String all : List.of("-1", "1000")) {
            for (String local : lags) {
                for (String what : List.of("ms", "bytes")) {
                    configs("topic", "a", "remote.storage.enable", "true", "retention." + what, all, "local.retention." + what, local);
                    configs("topic", "a", "remote.storage.enable", "true", "remote.log.copy.disable", "true", "retention." + what, all, "local.retention." + what, local);
                    configs("topic", "a", "remote.storage.enable", "false", "retention." + what, all, "local.retention." + what, local);
                    for (String lag : lags) {
                        configs("topic", "a", "remote.storage.enable", "true", "retention." + what, all, "local.retention." + what, local, "remote.copy.lag." + what, lag);
                    }
                }
            }
        }
        for (String threads : List.of("1", "2", "127", "128")) {
            for (String bytes : List.of("1048576", "1048577", "2097152", "2097154", "134217728")) {
                configs("cluster_config", "default", "log.cleaner.threads", threads, "log.cleaner.dedupe.buffer.size", bytes);
            }
        }
        configs("cluster_config", "1", "max.connections.per.ip", "0", "max.connections.per.ip.overrides", "127.0.0.1:5");
        for (String policy : List.of("compact", "delete", "compact,delete", "")) {
            configs("topic", "a", "remote.storage.enable", "true", "cleanup.policy", policy);
        }
    }

    private void resources() {
        for (String name : List.of("a", "A-1_b.c", ".", "..", "...", "a b", "a/b", "\u00e4", "x".repeat(249), "x".repeat(250), "__mine")) {
            configs("topic", name, "retention.ms", "1");
        }
        for (String id : List.of("default", "0", "1", "2147483647", "2147483648", "-1", "x", "1x")) {
            configs("cluster_config", id, "background.threads", "5");
        }
        configs("group_config", "g", "consumer.session.timeout.ms", "50000");
        configs("client_metrics", "m", "interval.ms", "5000");
    }

    // ---- ACLs, users, quotas ----

    private static void acl(int type, int pattern, String name, String principal, String host, int operation, int permission) {
        String[] types = {"0", "1", "TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN", "USER"};
        String[] patterns = {"0", "1", "2", "LITERAL", "PREFIXED"};
        String[] operations = {"0", "1", "ALL", "READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE", "CLUSTER_ACTION", "DESCRIBE_CONFIGS",
            "ALTER_CONFIGS", "IDEMPOTENT_WRITE", "CREATE_TOKENS", "DESCRIBE_TOKENS", "TWO_PHASE_COMMIT"};
        String[] permissions = {"0", "1", "DENY", "ALLOW"};
        String key = "[" + text(word(types, type)) + "," + text(word(patterns, pattern)) + "," + text(name) + "," + text(principal) + ","
            + text(host) + "," + text(word(operations, operation)) + "," + text(word(permissions, permission)) + "]";
        line("acl", key, "{}", () -> {
            AclBinding acl = new AclBinding(new ResourcePattern(ResourceType.fromCode((byte) type), name, PatternType.fromCode((byte) pattern)),
                new AccessControlEntry(principal, host, AclOperation.fromCode((byte) operation), AclPermissionType.fromCode((byte) permission)));
            Class<?> manager = Class.forName("org.apache.kafka.controller.AclControlManager");
            try {
                call(null, manager, "validateNewAcl", acl, MetadataVersion.latestProduction().featureLevel() >= 32);
            } catch (NoSuchMethodException | NoSuchFieldException e) {
                call(null, manager, "validateNewAcl", acl);
            }
        });
    }

    private static String word(String[] words, int number) {
        return number >= 0 && number < words.length ? words[number] : "" + number;
    }

    private static void acls() {
        for (int number = -1; number < 20; number++) {
            acl(number, 3, number == 4 ? "kafka-cluster" : "a", "User:a", "*", 3, 3);
            acl(2, number, "a", "User:a", "*", 3, 3);
            acl(2, 3, "a", "User:a", "*", number, 3);
            acl(2, 3, "a", "User:a", "*", 3, number);
        }
        acl(2, 3, "a", "User:a", "*", 99, 3);
        acl(2, 3, "", "User:a", "*", 3, 3);
        acl(2, 4, "a", "User:\u00e4", "10.0.0.1", 3, 2);
        acl(2, 3, "a", "User:", "*", 3, 3);
        acl(2, 3, "a", ":", "*", 3, 3);
        acl(2, 3, "a", "User", "*", 3, 3);
        if (MetadataVersion.latestProduction().featureLevel() < 32) {
            return; // hosts are not looked at
        }
        for (String host : List.of("", "10.0.0.0/8", "10.0.0.0/32", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.1/8", "fe80::/10", "fe80::/128",
                                   "fe80::/129", "host/8", "/8", "10.0.0.0/8/8", "some.host")) {
            acl(2, 3, "a", "User:a", host, 3, 3);
        }
    }

    private static void users() {
        String zeros32 = "A".repeat(43) + "=", zeros64 = "A".repeat(86) + "==";
        for (int mechanism = 1; mechanism <= 2; mechanism++) {
            for (int iterations : new int[] {-1, 0, 1, 4095, 4096, 16384, 16385, Integer.MAX_VALUE}) {
                byte type = (byte) mechanism;
                String verifier = mechanism == 1 ? zeros32 : zeros64;
                line("user", "u", "{\"SCRAM-SHA-" + (mechanism == 1 ? 256 : 512) + "\":{\"iterations\":" + iterations + ",\"salt\":\"AAAA\",\"server_key\":\""
                    + verifier + "\",\"stored_key\":\"" + verifier + "\"}}", () -> mustBeFine(call(null,
                    Class.forName("org.apache.kafka.controller.ScramControlManager"), "validateUpsertion",
                    new AlterUserScramCredentialsRequestData.ScramCredentialUpsertion().setName("u").setMechanism(type).setIterations(iterations)
                        .setSalt(new byte[3]).setSaltedPassword(new byte[32]))));
            }
        }
    }

    private static void mustBeFine(Object error) {
        if (((org.apache.kafka.common.requests.ApiError) error).isFailure()) {
            throw new IllegalArgumentException(error.toString());
        }
    }

    private static void quota(String quota, double value, String... entity) {
        Map<String, String> entries = new LinkedHashMap<>();
        StringBuilder key = new StringBuilder("{");
        for (int i = 0; i < entity.length; i += 2) {
            entries.put(entity[i], entity[i + 1]);
            key.append(i == 0 ? "" : ",").append(text(entity[i])).append(':').append(entity[i + 1] == null ? "null" : text(entity[i + 1]));
        }
        String number = value == Math.rint(value) && Math.abs(value) < 1e15 ? "" + (long) value : "" + value;
        line("quota", key.append('}').toString(), "{\"quotas\":{" + text(quota) + ":" + number + "}}", () -> {
            Class<?> builder = Class.forName("org.apache.kafka.controller.ClientQuotaControlManager$Builder");
            java.lang.reflect.Constructor<?> make = builder.getDeclaredConstructor();
            make.setAccessible(true);
            Object manager = call(make.newInstance(), builder, "build");
            Object result = call(manager, manager.getClass(), "alterClientQuotas", List.of(
                new ClientQuotaAlteration(new ClientQuotaEntity(entries), List.of(new ClientQuotaAlteration.Op(quota, value)))));
            for (Object error : ((Map<?, ?>) call(result, result.getClass(), "response")).values()) {
                mustBeFine(error);
            }
        });
    }

    private static void quotas() {
        for (String name : List.of("consumer_byte_rate", "producer_byte_rate", "request_percentage", "controller_mutation_rate", "connection_creation_rate",
                                   "what_byte_rate")) {
            for (double value : new double[] {-1, 0, 0.5, 1, 1.0000001, 1.5, 2147483647, 2147483648.0, 1e18, 9.3e18, 1e300}) {
                quota(name, value, "user", "u");
                quota(name, value, "ip", "10.0.0.1");
            }
            quota(name, 5, "client-id", "c");
            quota(name, 5, "client-id", "c", "user", "u");
            quota(name, 5, "user", null);
            quota(name, 5, "ip", null);
            quota(name, 5, "ip", "10.0.0.1", "user", "u");
            quota(name, 5, "ip", "fe80::1");
            quota(name, 5, "group", "g");
            quota(name, 5, "group", "g", "user", "u");
        }
    }
}
