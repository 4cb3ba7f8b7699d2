using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.ApiServer.Tls;

/// <summary>
/// Verifies a server's certificate as Go and OpenSSL (with partial chains) do: the certificate has the server's name, and its chain
/// leads to any certificate of the bundle, which may be an intermediate; several certificates of the same name are all tried. Fetches nothing from the
/// network. Thread-safe.
/// </summary>
/// <param name="authorities">The bundle; null for the authorities of the system.</param>
/// <param name="takesAnything">Whether any certificate will do.</param>
internal sealed class ServerVerification(X509Certificate2Collection? authorities, bool takesAnything)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>What is wrong with a certificate; null where nothing is.</summary>
    /// <param name="certificate">The server's; null where it presented none.</param>
    /// <param name="sent">The other certificates that the server sent.</param>
    /// <param name="name">The name or address that the certificate must have.</param>
    public string? Fault(X509Certificate2? certificate, IReadOnlyList<X509Certificate2> sent, string name)
    {
        if (takesAnything) return null;
        if (certificate is null) return "the server presents no certificate";
        if (!certificate.MatchesHostname(name, allowWildcards: true, allowCommonName: false))
            return $"the server's certificate is for {NamesOf(certificate)}, not for {name}";
        if (authorities is null) return Build(certificate, sent, Policy()) is { } fault ? Describe(certificate, fault) : null;

        var worst = X509ChainStatusFlags.PartialChain;
        foreach (var anchor in authorities)
        {
            if (LeadsTo(anchor, certificate, sent) is not { } flags) return null;
            // Report what the authority that issued the certificate found wrong.
            if ((flags & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)) == 0) worst = flags;
        }

        return Describe(certificate, worst);
    }

    /// <summary>The policy for the chain that .NET builds itself before it calls the validation callback: it fetches nothing either.</summary>
    public static X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return policy;
    }

    // Null where the chain leads to the anchor; else why it does not.
    private static X509ChainStatusFlags? LeadsTo(X509Certificate2 anchor, X509Certificate2 certificate, IReadOnlyList<X509Certificate2> sent)
    {
        // A server certificate that is in the bundle itself is trusted.
        if (certificate.RawDataMemory.Span.SequenceEqual(anchor.RawDataMemory.Span)) return WithinItsTime(certificate) ? null : X509ChainStatusFlags.NotTimeValid;
        var policy = Policy();
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.Add(anchor);
        // .NET ends no chain at an intermediate, so this accepts an unknown root, and the code below checks that the chain contains the anchor.
        policy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        // Without other certificates of the anchor's name, so that .NET picks the anchor.
        var others = sent.Where(other => !other.SubjectName.RawData.AsSpan().SequenceEqual(anchor.SubjectName.RawData)).ToList();
        using var chain = new X509Chain { ChainPolicy = policy };
        policy.ExtraStore.AddRange(others.ToArray());
        var isValid = chain.Build(certificate);
        var leadsThere = chain.ChainElements.Any(element => element.Certificate.RawDataMemory.Span.SequenceEqual(anchor.RawDataMemory.Span));
        var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        foreach (var element in chain.ChainElements) element.Certificate.Dispose();
        if (isValid && leadsThere) return null;
        return leadsThere
            ? flags & ~(X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)
            : flags | X509ChainStatusFlags.PartialChain;
    }

    private static X509ChainStatusFlags? Build(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> sent, X509ChainPolicy policy)
    {
        policy.ExtraStore.AddRange(sent.ToArray());
        using var chain = new X509Chain { ChainPolicy = policy };
        var isValid = chain.Build(certificate);
        var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        foreach (var element in chain.ChainElements) element.Certificate.Dispose();
        return isValid ? null : flags;
    }

    private static bool WithinItsTime(X509Certificate2 certificate) =>
        TimeProvider.System.GetLocalNow() is var now && now >= certificate.NotBefore && now <= certificate.NotAfter;

    private static string Describe(X509Certificate2 certificate, X509ChainStatusFlags flags)
    {
        if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            return WithinItsTime(certificate)
                ? "a certificate between the server's and its authority has expired or is not valid yet"
                : $"the server's certificate is valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}, and it is {DateTime.UtcNow:u}";
        }

        if (flags.HasFlag(X509ChainStatusFlags.NotValidForUsage)) return "the server's certificate is not for servers";
        return (flags & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid)) != 0
            ? $"the server's certificate is signed by an unknown authority ({certificate.Issuer}): certificate-authority has to hold that authority's certificate"
            : $"the server's certificate is not valid ({flags})";
    }

    private static string NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
            .Take(10).ToList();
        return names.Count > 0 ? string.Join(", ", names) : "no name";
    }
}
