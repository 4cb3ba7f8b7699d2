using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Simulator.Hosting;

/// <summary>The file by which clients find the server.</summary>
internal static class Kubeconfig
{
    public static string Write(string url, string? token, X509Certificate2? certificate)
    {
        var authority = certificate is null
            ? ""
            : $"\n    certificate-authority-data: {Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()))}";
        var user = token is null ? "{}" : $"\n    token: \"{token}\"";
        return $"""
            apiVersion: v1
            kind: Config
            current-context: simulator
            clusters:
            - name: simulator
              cluster:
                server: {url}{authority}
            users:
            - name: simulator
              user: {user}
            contexts:
            - name: simulator
              context:
                cluster: simulator
                user: simulator
                namespace: default

            """;
    }
}
