using System.Net;
using MetaCollector.ApiServer.Configuration;
using MetaCollector.Silo.Certificates;

namespace MetaCollector.Silo.Settings;

/// <summary>
/// Finds before the start what would fail later: files that cannot be read, keys of other certificates, ports in use. Reports all faults at once.
/// </summary>
internal static class Preflight
{
    public static void Check(CollectorOptions options, IConfiguration configuration, SettingParser parser, SettingFaults faults)
    {
        if (options is { CertificateFile: { } certificate, KeyFile: { } key })
            CheckPair(certificate, RunSettings.Certificate, key, RunSettings.Key);
        if (options is { SiloCertificateFile: { } siloCertificate, SiloKeyFile: { } siloKey, SiloAuthorityFile: { } authority }
            && CheckPair(siloCertificate, RunSettings.SiloCertificate, siloKey, RunSettings.SiloKey))
        {
            CheckIdentity(siloCertificate, siloKey, authority, parser, faults);
        }

        if (options.ClientCaFile is { } authorities && CertificatePair.CheckAuthorities(authorities) is { } wrong)
            faults.Add(parser.PlaceOf(RunSettings.ClientCa), wrong);
        CheckKubeconfig(options, parser, faults);
        CheckPort(RunSettings.Broker, options.Broker);
        CheckPort(RunSettings.Metrics, options.Metrics);
        CheckPort(RunSettings.Probes, options.Probes);
        CheckPort(RunSettings.Inspect, options.Inspect);
        CheckPort(RunSettings.Dashboard, options.Dashboard);
        // Orleans' own setting: the silo may listen at another address than the others connect to.
        CheckPort(RunSettings.SiloPort, IPEndPoint.TryParse(configuration["Orleans:Endpoints:SiloListeningEndpoint"] ?? "", out var listens)
            ? new BindAddress(listens.Address, listens.Port)
            : new BindAddress(options.SiloAddress, options.SiloPort));

        bool CheckPair(string certificateFile, Setting certificateSetting, string keyFile, Setting keySetting)
        {
            if (CertificatePair.Check(certificateFile, keyFile, DateTimeOffset.UtcNow) is not var (isCertificate, fault)) return true;
            faults.Add(parser.PlaceOf(isCertificate ? certificateSetting : keySetting), fault);
            return false;
        }

        void CheckPort(Setting setting, BindAddress? address)
        {
            if (address is null || Ports.Check(address) is not { } fault) return;
            // The replicas' port and address are two settings.
            var isAddress = setting == RunSettings.SiloPort && fault.EndsWith(Ports.NoAddressOfOurs, StringComparison.Ordinal);
            faults.Add(parser.PlaceOf(isAddress ? RunSettings.SiloAddress : setting), fault);
        }
    }

    private static void CheckIdentity(string certificate, string key, string authority, SettingParser parser, SettingFaults faults)
    {
        if (CertificatePair.CheckAuthorities(authority) is { } wrong)
        {
            faults.Add(parser.PlaceOf(RunSettings.SiloAuthority), wrong);
            return;
        }

        var chain = File.ReadAllText(certificate);
        var identity = SiloIdentity.Load(chain, File.ReadAllText(key), File.ReadAllText(authority));
        if (identity.Fault(CertificatePair.AuthoritiesFromPem(chain), DateTimeOffset.UtcNow) is { } fault)
            faults.Add(parser.PlaceOf(RunSettings.SiloCertificate), $"{certificate} {fault}");
    }

    private static void CheckKubeconfig(CollectorOptions options, SettingParser parser, SettingFaults faults)
    {
        try
        {
            ClusterConfiguration.Load(options.Kubeconfig);
        }
        catch (ConnectionException exception)
        {
            if (options.Kubeconfig is null) faults.Add(exception.Message);
            else faults.Add(parser.PlaceOf(RunSettings.Kubeconfig), exception.Message);
        }
    }
}
