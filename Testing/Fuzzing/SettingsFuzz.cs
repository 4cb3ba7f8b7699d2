using MetaCollector.ApiServer.Configuration;
using MetaCollector.Silo.CommandLine;
using MetaCollector.Silo.Settings;
using Microsoft.Extensions.Configuration;

namespace MetaCollector.Testing.Fuzzing;

/// <summary>Command lines and kubeconfigs that are nearly right: they work, or are refused in lines for people.</summary>
internal sealed class SettingsFuzz : IDisposable
{
    private const string Kubeconfig = """
        apiVersion: v1
        kind: Config
        current-context: c
        clusters:
        - {name: c, cluster: {server: "https://10.0.0.1:6443", insecure-skip-tls-verify: true, certificate-authority-data: "", tls-server-name: api}}
        contexts:
        - {name: c, context: {cluster: c, user: u, namespace: default}}
        users:
        - name: u
          user:
            token: abc
            client-certificate: tls.crt
        """;

    private static readonly string[] Values =
        [":45000", "127.0.0.1:0", "[::1]:8080", "10s", "1m30s", "statefulsets,jobs", "info", "0", "true", "kubernetes", "json", "/tmp/x", "", "-1", "99999999999999999999"];

    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-fuzz-").FullName;
    private readonly Random _dice;
    private readonly Mutations _mutations;

    /// <summary>Begins with this seed.</summary>
    public SettingsFuzz(int seed) => (_dice, _mutations) = (new Random(seed), new Mutations(new Random(seed)));

    /// <summary>How many were taken.</summary>
    public long Taken { get; private set; }

    /// <summary>How many were refused.</summary>
    public long Refused { get; private set; }

    /// <summary>One spoilt command line and one spoilt kubeconfig.</summary>
    /// <exception cref="Exception">Something came of it that should not.</exception>
    public void Step()
    {
        ReadFlags();
        ReadKubeconfig();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void ReadFlags()
    {
        var arguments = Enumerable.Range(0, _dice.Next(6)).SelectMany(_ =>
        {
            var flag = $"--{RunSettings.All[_dice.Next(RunSettings.All.Count)].Flag}";
            var value = _mutations.Of(Values[_dice.Next(Values.Length)]);
            return _dice.Next(2) == 0 ? new[] { flag, value } : [$"{_mutations.Of(flag)}={value}"];
        });
        var faults = new SettingFaults();
        var (flags, others) = GoFlags.Read([.. arguments], RunSettings.All, faults);
        var sources = new SettingSources(flags, new Dictionary<string, string>(), new ConfigurationBuilder().Build().GetSection(Setting.Section));
        OptionsReader.Read(sources, new Surroundings(new Dictionary<string, string>(), IsTerminal: false, null), faults);
        foreach (var line in faults.Lines) Check(line);
        Count(faults.Lines.Count + others.Count == 0);
    }

    private void ReadKubeconfig()
    {
        var file = Path.Combine(_folder, "kubeconfig");
        File.WriteAllBytes(file, _dice.Next(10) == 0 ? _mutations.Anything(512) : _mutations.Of(System.Text.Encoding.UTF8.GetBytes(Kubeconfig)));
        try
        {
            ClusterConfiguration.Load(file);
            Count(isTaken: true);
        }
        catch (ConnectionException exception)
        {
            Check(exception.Message);
            Count(isTaken: false);
        }
    }

    // One line, of a length that can be read.
    private static void Check(string line)
    {
        if (line.Length is 0 or > 2000 || line.Contains('\n', StringComparison.Ordinal)) throw new InvalidOperationException($"no message for people: '{line}'");
    }

    private void Count(bool isTaken)
    {
        if (isTaken) Taken++;
        else Refused++;
    }
}
