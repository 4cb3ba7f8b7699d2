using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.Silo.Certificates;
using MetaCollector.Silo.Greetings;
using MetaCollector.Silo.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MetaCollector.Silo.Hosting;

/// <summary>
/// TLS of the broker. Reads the files every few seconds; a file that cannot be used is logged, and the old certificate stays in use.
/// An open connection keeps the certificate that it began with. Thread-safe.
/// </summary>
internal sealed class BrokerTls : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    // What RFC 9325 recommends: forward secrecy and authenticated encryption, nothing else.
    private static readonly TlsCipherSuite[] Suites =
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    private readonly CollectorOptions _options;
    private readonly TimeProvider _time;
    private readonly Renewed<SslServerAuthenticationOptions> _handshake;

    public BrokerTls(CollectorOptions options, IMeterFactory meters, TimeProvider time, ILogger logger)
    {
        (_options, _time) = (options, time);
        string?[] files = [options.CertificateFile, options.KeyFile, options.ClientCaFile];
        _handshake = new([.. files.OfType<string>()], Make, time, logger);
        _handshake.Look();
        _handshake.Measure(new CertificateMetrics(meters, "broker", () => _handshake.Last.ServerCertificateContext!.TargetCertificate));
    }

    /// <summary>For Kestrel: answers each handshake with the newest certificate.</summary>
    public TlsHandshakeCallbackOptions Answers(TimeSpan handshakeTimeout) => new()
    {
        HandshakeTimeout = handshakeTimeout,
        OnConnection = _ => ValueTask.FromResult(_handshake.Last),
    };

    /// <summary>Reads the files now.</summary>
    public void Look() => _handshake.Look();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) Look();
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private SslServerAuthenticationOptions Make(string[] contents)
    {
        var fault = CertificatePair.Check(_options.CertificateFile!, _options.KeyFile!, _time.GetUtcNow())?.Fault
            ?? (_options.ClientCaFile is { } authorities ? CertificatePair.CheckAuthorities(authorities) : null);
        if (fault is not null) throw new CryptographicException(fault);
        var made = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = CertificatePair.FromPem(contents[0], contents[1]),
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
        };
        // On other systems .NET takes no list: theirs applies.
        if (OperatingSystem.IsLinux()) made.CipherSuitesPolicy = new CipherSuitesPolicy(Suites);
        if (_options.ClientCaFile is null) return made;
        made.ClientCertificateRequired = true;
        made.CertificateChainPolicy = TrustPolicy.Of(CertificatePair.AuthoritiesFromPem(contents[2]));
        made.RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsWelcome(certificate as X509Certificate2, errors);
        return made;
    }

    private bool IsWelcome(X509Certificate2? certificate, SslPolicyErrors errors)
    {
        if (certificate is null && _options.ClientCertificates == ClientCertificates.Optional) return true;
        if (certificate is not null && errors == SslPolicyErrors.None && IsNamed(certificate)) return true;
        // StrangerWatch logs it, since it knows the address.
        Greeting.Current?.Refusal = certificate is null ? "it presents none"
            : errors == SslPolicyErrors.None ? $"that of {certificate.Subject} bears none of the names"
            : $"that of {certificate.Subject} is not of the authority, or not valid ({errors})";
        return false;
    }

    private bool IsNamed(X509Certificate2 certificate) =>
        _options.ClientNames.Count == 0 || NamesOf(certificate).Any(name => _options.ClientNames.Contains(name, StringComparer.OrdinalIgnoreCase));

    private static IEnumerable<string> NamesOf(X509Certificate2 certificate) => certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
        .SelectMany(extension => extension.EnumerateDnsNames()).Append(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
}
