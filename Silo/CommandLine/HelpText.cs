using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.CommandLine;

/// <summary>Writes the parts of the help that System.CommandLine lacks: flags in groups, and examples.</summary>
internal static class HelpText
{
    private const int Indent = 2;
    private const int PipeWidth = 120;
    private const int WidestFlag = 40;

    public static int Width => Console.IsOutputRedirected || Console.WindowWidth <= 0 ? PipeWidth : Console.WindowWidth;

    public static void WriteFlags(TextWriter output, IReadOnlyList<SettingGroup> groups, int width)
    {
        var column = Indent + Math.Min(WidestFlag, groups.SelectMany(group => group.Settings).Select(setting => Flag(setting).Length).DefaultIfEmpty().Max()) + Indent;
        foreach (var group in groups)
        {
            output.WriteLine($"{group.Title}:");
            foreach (var setting in group.Settings) Write(output, Flag(setting), Description(setting), column, width);
            output.WriteLine();
        }
    }

    public static void WriteExamples(TextWriter output, IEnumerable<(string Does, string Line)> examples)
    {
        output.WriteLine("Examples:");
        foreach (var (does, line) in examples) output.WriteLine($"  # {does}\n  {line}\n");
    }

    private static void Write(TextWriter output, string flag, string description, int column, int width)
    {
        var line = new string(' ', Indent) + flag;
        if (line.Length + Indent > column)
        {
            output.WriteLine(line);
            line = "";
        }

        line = line.PadRight(column);
        foreach (var word in description.Split(' '))
        {
            if (line.Length > column && line.Length + 1 + word.Length > width)
            {
                output.WriteLine(line);
                line = new string(' ', column);
            }

            line += line.Length > column ? $" {word}" : word;
        }

        output.WriteLine(line);
    }

    private static string Flag(Setting setting)
    {
        var letter = setting.Letter is { } one ? $"-{one}, " : "";
        return setting.IsSwitch ? $"{letter}--{setting.Flag}" : $"{letter}--{setting.Flag} {setting.Value}";
    }

    private static string Description(Setting setting)
    {
        var text = setting.IsLegacy ? $"k8s-metacollector's. {setting.Description}" : setting.Description;
        return setting.Default.Length == 0 || setting.IsSwitch ? text : $"{text} [default: {setting.Default}]";
    }
}
