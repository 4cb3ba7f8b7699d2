using Spectre.Console;

namespace MetaCollector.Silo.CommandLine;

/// <summary>Standard output for people: colours on a terminal only, and not where <c>NO_COLOR</c> asks for none.</summary>
internal static class Terminal
{
    // A pipe has no width of its own; nothing is to be cut there.
    private const int PipeWidth = 400;

    /// <summary>Whether colours are welcome there.</summary>
    public static bool HasColours => !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>Standard output.</summary>
    public static IAnsiConsole Open()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = HasColours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = Console.IsOutputRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (Console.IsOutputRedirected) console.Profile.Width = PipeWidth;
        return console;
    }
}
