using System.Net;
using System.Text.Json;
using MetaCollector.Silo.Inspecting;
using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.CommandLine;

/// <summary><c>metacollector inspect</c>: shows what a running cluster of replicas knows.</summary>
internal static class InspectCommand
{
    /// <summary>The exit code of an answer that has findings.</summary>
    public const int Findings = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static CliCommand Command { get; } = new(
        "inspect", "Show what the replicas know: why does a node (not) see something?", InspectQuery.Groups,
        [
            ("Is all well?", "metacollector inspect cluster"),
            ("What does a node's Falco get, and because of which pods?", "metacollector inspect node worker-1"),
            ("Who gets this pod, and if nobody does, why?", "metacollector inspect pod shop/web-1"),
            ("In a cluster", "kubectl -n metacollector exec deploy/k8s-metacollector -- /metacollector inspect cluster"),
            ("Through a port-forward (kubectl -n metacollector port-forward deploy/k8s-metacollector 8083)", "metacollector inspect cluster --inspect-addr localhost:8083"),
            ("For a script: exit code 0 where nothing is wrong, 2 where something is, 1 where nobody answers", "metacollector inspect cluster -o json | jq -r '.findings[]'"),
        ],
        RunAsync)
    {
        Words = InspectQuery.Usage,
    };

    private static async Task<int> RunAsync(CliInput input, SettingFaults faults)
    {
        var sources = new SettingSources(input.Flags, Surroundings.Current().Environment, new ConfigurationBuilder().Build().GetSection(Setting.Section));
        var query = InspectQuery.Read(input.Words, new SettingParser(sources, faults), faults);
        if (faults.Lines.Count > 0) return Cli.Report(faults.Lines);
        try
        {
            return Write(query, await AskAsync(query));
        }
        catch (HttpRequestException exception) when (exception.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            return Cli.Report($"{query.Address.Authority} cannot tell now: {exception.Message}");
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or JsonException)
        {
            var why = exception is OperationCanceledException ? $"no answer within {Patience.TotalSeconds:0} s" : exception.GetBaseException().Message;
            return Cli.Report($"cannot ask {query.Address.Authority}: {why.ReplaceLineEndings(" ")}; is a collector running there, with --inspect-bind-address {query.Address.Authority}?");
        }
        catch (IOException)
        {
            // The program that reads our output has ended, as head does.
            return 0;
        }
    }

    private static async Task<string> AskAsync(InspectQuery query)
    {
        using var http = new HttpClient { BaseAddress = query.Address, Timeout = Patience };
        using var answer = await http.GetAsync(new Uri(query.Path, UriKind.Relative));
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) throw new HttpRequestException((await answer.Content.ReadAsStringAsync()).Trim(), null, answer.StatusCode);
        if (answer.StatusCode != HttpStatusCode.OK) throw new HttpRequestException($"the answer is {(int)answer.StatusCode} {answer.ReasonPhrase}");
        return await answer.Content.ReadAsStringAsync();
    }

    private static int Write(InspectQuery query, string json)
    {
        Report report = query.Subject switch
        {
            "cluster" => Read<ClusterReport>(json),
            "node" => Read<NodeReport>(json),
            "namespace" => Read<NamespaceReport>(json),
            _ => Read<PodReport>(json),
        };
        if (query.Output == InspectOutput.Json) Console.Out.WriteLine(json);
        else ReportView.Write(Terminal.Open(), report);
        return report.Findings.Count > 0 ? Findings : 0;
    }

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, InspectEndpoints.Json) ?? throw new JsonException("the answer is empty");
}
