using System.Text;
using MetaCollector.Silo.CommandLine;
using MetaCollector.Silo.Settings;
using Microsoft.Extensions.Configuration;

namespace MetaCollector.Tests.Silo.Settings;

/// <summary>What a test gives a run: a command line, an environment, a file. Reads them as <c>metacollector run</c> does.</summary>
internal sealed record Given(string CommandLine = "", string Environment = "", string File = "{}", bool IsTerminal = false, string? PodNamespace = null)
{
    public (CollectorOptions Options, IReadOnlyList<string> Faults) Read()
    {
        var faults = new SettingFaults();
        var (flags, _) = GoFlags.Read(CommandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), RunSettings.All, faults);
        var environment = Environment.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        using var json = new MemoryStream(Encoding.UTF8.GetBytes(File));
        var file = new ConfigurationBuilder().AddJsonStream(json).Build().GetSection(Setting.Section);
        var options = OptionsReader.Read(
            new SettingSources(flags, environment, file), new Surroundings(environment, IsTerminal, PodNamespace), faults);
        return (options, faults.Lines);
    }
}
