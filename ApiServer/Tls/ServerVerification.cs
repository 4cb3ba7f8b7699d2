using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.ApiServer.Tls;

/// <summary>
/// Judges the certificate of a server as Go and OpenSSL (with partial chains) do: it has to bear the server's name, and its chain has to
/// lead to any certificate of the bundle, an intermediate included; of several of the same name each is tried. Nothing is fetched from
/// anywhere. Thread-safe.
/// </summary>
/// <param name="authorities">The bundle; null for the authorities of the system.</param>
/// <param name="takesAnything">Whether nothing is judged.</param>
internal sealed class ServerVerification(X509Certificate2Collection? authorities, bool takesAnything)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>What is wrong with a certificate; null where nothing is.</summary>
    /// <param name="certificate">The server's; null where it presented none.</param>
    /// <param name="sent">What else it sent.</param>
    /// <param name="name">The name or address that it must bear.</param>
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
            // Of many authorities, the one that issued it knows best.
            if ((flags & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)) == 0) worst = flags;
        }

        return Describe(certificate, worst);
    }

    /// <summary>The policy by which the platform builds its own chain, before it asks here: so that it fetches nothing either.</summary>
    public static X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return policy;
    }

    // Null where it does.
    private static X509ChainStatusFlags? LeadsTo(X509Certificate2 anchor, X509Certificate2 certificate, IReadOnlyList<X509Certificate2> sent)
    {
        // One that is in the bundle itself is trusted as it is.
        if (certificate.RawDataMemory.Span.SequenceEqual(anchor.RawDataMemory.Span)) return WithinItsTime(certificate) ? null : X509ChainStatusFlags.NotTimeValid;
        var policy = Policy();
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.Add(anchor);
        // An intermediate ends no chain for the platform. That it is in the chain, and everything below it signed, is seen to below.
        policy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        // Another certificate of the same name must not come in its way.
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
            ? $"the server's certificate is signed by an unknown authority ({certificate.Issuer})"
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
