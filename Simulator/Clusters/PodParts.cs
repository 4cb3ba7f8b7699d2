using MetaCollector.Simulator.Documents;

namespace MetaCollector.Simulator.Clusters;

/// <summary>Spec and status of a running pod, of the length that they have in real clusters.</summary>
internal static class PodParts
{
    public static JsonMap Spec(string app, string image) => (JsonMap)Json.Parse($$$"""
        {
          "volumes": [
            {"name": "config", "configMap": {"name": "{{{app}}}-config", "defaultMode": 420}},
            {"name": "cache", "emptyDir": {"sizeLimit": "1Gi"}},
            {"name": "kube-api-access", "projected": {"defaultMode": 420, "sources": [
              {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
              {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
              {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]} }]}}
          ],
          "containers": [{
            "name": "{{{app}}}", "image": "{{{image}}}", "args": ["--config=/etc/{{{app}}}/config.yaml", "--log-level=info", "--listen=:8080"],
            "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}, {"name": "metrics", "containerPort": 9090, "protocol": "TCP"}],
            "env": [
              {"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"} } },
              {"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"} } },
              {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "{{{app}}}-database", "key": "url"} } },
              {"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://otel-collector.observability:4317"},
              {"name": "GOMAXPROCS", "value": "2"}],
            "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
            "volumeMounts": [
              {"name": "config", "mountPath": "/etc/{{{app}}}"}, {"name": "cache", "mountPath": "/var/cache/{{{app}}}"},
              {"name": "kube-api-access", "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
            "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 5, "successThreshold": 1, "failureThreshold": 3},
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent",
            "securityContext": {"capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true, "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false}
          }],
          "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
          "serviceAccountName": "{{{app}}}", "serviceAccount": "{{{app}}}", "securityContext": {"fsGroup": 2000, "seccompProfile": {"type": "RuntimeDefault"}},
          "schedulerName": "default-scheduler",
          "tolerations": [
            {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
          "priority": 0, "enableServiceLinks": true, "preemptionPolicy": "PreemptLowerPriority"
        }
        """);

    public static JsonMap Status(Dice dice, string since, string image, string imageId)
    {
        var address = dice.Address();
        var host = $"10.0.{dice.Below(256)}.{dice.Below(256)}";
        Json[] conditions =
        [
            .. ((string[])["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]).Select(type => (Json)new JsonMap(
                ("type", type), ("status", "True"), ("lastProbeTime", JsonNothing.Instance), ("lastTransitionTime", since))),
        ];
        return new JsonMap(
            ("phase", "Running"),
            ("conditions", new JsonList(conditions)),
            ("hostIP", host), ("hostIPs", new JsonList(new JsonMap(("ip", host)))),
            ("podIP", address), ("podIPs", new JsonList(new JsonMap(("ip", address)))),
            ("startTime", since),
            ("containerStatuses", new JsonList(new JsonMap(
                ("name", "main"), ("state", new JsonMap(("running", new JsonMap(("startedAt", since))))), ("lastState", JsonMap.Empty),
                ("ready", true), ("restartCount", 0), ("image", image), ("imageID", imageId), ("containerID", "containerd://" + dice.Hex(64)),
                ("started", true)))),
            ("qosClass", "Burstable"));
    }
}
