namespace MetaCollector.Tests.Install.Server;

/// <summary>
/// What an installation of falcosecurity's chart 0.3.x means to the program in it, once the image is ours: the command, the probes and
/// ports, no environment, one replica, and an account that may read what k8s-metacollector reads and nothing else.
/// </summary>
internal static class PublishedChart
{
    /// <summary>Its objects, all under one name.</summary>
    public static string Manifest(string name) => $$$"""
        apiVersion: v1
        kind: Namespace
        metadata: {name: {{{name}}}}
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: {{{name}}}, namespace: {{{name}}}}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: {{{name}}}}
        rules:
        - {apiGroups: [apps], resources: [daemonsets, deployments, replicasets], verbs: [get, list, watch]}
        - {apiGroups: [""], resources: [endpoints, namespaces, pods, replicationcontrollers, services], verbs: [get, list, watch]}
        - {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: {{{name}}}}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{{name}}}}
        subjects:
        - {kind: ServiceAccount, name: {{{name}}}, namespace: {{{name}}}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: {{{name}}}, namespace: {{{name}}}}
        spec:
          replicas: 1
          selector: {matchLabels: {app: {{{name}}}}}
          template:
            metadata: {labels: {app: {{{name}}}}}
            spec:
              serviceAccountName: {{{name}}}
              containers:
              - name: k8s-metacollector
                image: metacollector
                command: [/meta-collector]
                args: [run]
                ports:
                - {name: metrics, containerPort: 8080}
                - {name: health-probe, containerPort: 8081}
                - {name: broker-grpc, containerPort: 45000}
                livenessProbe: {httpGet: {path: /healthz, port: 8081}}
                readinessProbe: {httpGet: {path: /readyz, port: 8081}}
        """;
}
