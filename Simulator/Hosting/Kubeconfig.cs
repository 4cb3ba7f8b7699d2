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
        // A user without credentials is a user that some clients refuse to be: where nothing is demanded, there is none.
        var (users, user) = token is null ? (" []", "") : ($"\n- name: simulator\n  user:\n    token: \"{token}\"", "\n    user: simulator");
        return $"""
            apiVersion: v1
            kind: Config
            current-context: simulator
            clusters:
            - name: simulator
              cluster:
                server: {url}{authority}
            users:{users}
            contexts:
            - name: simulator
              context:
                cluster: simulator{user}
                namespace: default

            """;
    }
}
