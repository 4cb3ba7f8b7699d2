using System.Diagnostics.Metrics;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Silo.Certificates;

/// <summary>The metrics of a certificate that is read again when its files change. Thread-safe.</summary>
internal sealed class CertificateMetrics
{
    private readonly Counter<long> _reloads;
    private readonly KeyValuePair<string, object?> _certificate;
    private volatile bool _isUsable = true;

    /// <param name="meters">Makes the meter.</param>
    /// <param name="certificate">The label: broker or replicas.</param>
    /// <param name="current">The certificate in use.</param>
    public CertificateMetrics(IMeterFactory meters, string certificate, Func<X509Certificate2> current)
    {
        _certificate = new("certificate", certificate);
        var meter = meters.Create("MetaCollector.Silo", null, [_certificate]);
        _reloads = meter.CreateCounter<long>("meta_collector_certificate_reloads", null,
            "Times that the files of a certificate (broker, replicas) changed, by whether they were taken or refused.");
        meter.CreateObservableGauge("meta_collector_certificate_not_after_timestamp_seconds",
            () => new Measurement<double>(new DateTimeOffset(current().NotAfter.ToUniversalTime()).ToUnixTimeSeconds(), _certificate), null,
            "When the certificate in use (broker, replicas) expires, in Unix time.");
        meter.CreateObservableGauge("meta_collector_certificate_files_usable", () => new Measurement<int>(_isUsable ? 1 : 0, _certificate), null,
            "0 while the files of a certificate (broker, replicas) cannot be used, so that an older one stays in use.");
        foreach (var result in (string[])["taken", "refused"]) Count(result, 0);
    }

    /// <summary>Counts new files that are in use now.</summary>
    public void Taken()
    {
        _isUsable = true;
        Count("taken", 1);
    }

    /// <summary>The files hold the certificate in use again.</summary>
    public void Usable() => _isUsable = true;

    /// <summary>Counts new files that cannot be used.</summary>
    public void Refused()
    {
        _isUsable = false;
        Count("refused", 1);
    }

    private void Count(string result, long count) => _reloads.Add(count, new KeyValuePair<string, object?>("result", result), _certificate);
}
