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
/// TLS of the broker: how handshakes are answered, now. The files are looked at every few seconds (cert-manager and Kubernetes replace
/// them in place, or swap the folder that they are linked from); those that cannot be used are logged, and the old ones stay.
/// Connections that are open keep what they began with. Thread-safe.
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
    private readonly ILogger _logger;
    private readonly CertificateMetrics _metrics;
    private volatile SslServerAuthenticationOptions _current;
    private byte[] _seen;

    public BrokerTls(CollectorOptions options, IMeterFactory meters, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _seen = Fingerprint();
        _current = Load();
        _metrics = new CertificateMetrics(meters, "broker", () => _current.ServerCertificateContext!.TargetCertificate);
    }

    /// <summary>For Kestrel: answers each handshake as it is to be then.</summary>
    public TlsHandshakeCallbackOptions Answers(TimeSpan handshakeTimeout) => new()
    {
        HandshakeTimeout = handshakeTimeout,
        OnConnection = _ => ValueTask.FromResult(_current),
    };

    /// <summary>Looks at the files now.</summary>
    public void Look()
    {
        try
        {
            var now = Fingerprint();
            if (now.AsSpan().SequenceEqual(_seen)) return;
            _seen = now;
            if (Fault() is { } fault)
            {
                Refuse(fault);
                return;
            }

            _current = Load();
            _metrics.Taken();
            Log.CertificateRenewed(_logger, CertificateFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            // They are being replaced, or gone: looked at again before long.
            if (_seen.Length > 0) Refuse(exception.Message);
            _seen = [];
        }
    }

    /// <inheritdoc/>
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

    private string CertificateFile => _options.CertificateFile!;

    private string? Fault() => CertificatePair.Check(CertificateFile, _options.KeyFile!, _time.GetUtcNow())?.Fault
        ?? (_options.ClientCaFile is { } authorities ? CertificatePair.CheckAuthorities(authorities) : null);

    private void Refuse(string fault)
    {
        _metrics.Refused();
        Log.CertificateNotRenewed(_logger, CertificateFile, fault);
    }

    // Contents, not times: a link that is swapped keeps its own.
    private byte[] Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in (string?[])[CertificateFile, _options.KeyFile, _options.ClientCaFile])
            if (file is not null) hash.AppendData(File.ReadAllBytes(file));
        return hash.GetHashAndReset();
    }

    private SslServerAuthenticationOptions Load()
    {
        var made = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = CertificatePair.Load(CertificateFile, _options.KeyFile!),
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
        };
        // Elsewhere the system's own list applies.
        if (OperatingSystem.IsLinux()) made.CipherSuitesPolicy = new CipherSuitesPolicy(Suites);
        if (_options.ClientCaFile is not { } file) return made;
        made.ClientCertificateRequired = true;
        made.CertificateChainPolicy = TrustPolicy.Of(CertificatePair.LoadAuthorities(file));
        made.RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsWelcome(certificate as X509Certificate2, errors);
        return made;
    }

    private bool IsWelcome(X509Certificate2? certificate, SslPolicyErrors errors)
    {
        if (certificate is null && _options.ClientCertificates == ClientCertificates.Optional) return true;
        if (certificate is not null && errors == SslPolicyErrors.None && IsNamed(certificate)) return true;
        // Told of by whoever watches the connection, which knows the address.
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
