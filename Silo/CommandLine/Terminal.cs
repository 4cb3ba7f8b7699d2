using Spectre.Console;

namespace MetaCollector.Silo.CommandLine;

/// <summary>Standard output: with colours on a terminal only, and without where <c>NO_COLOR</c> is set.</summary>
internal static class Terminal
{
    // A pipe has no width; lines must not be cut there.
    private const int PipeWidth = 400;

    public static bool HasColours => !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

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
