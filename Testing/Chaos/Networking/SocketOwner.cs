using System.Globalization;

namespace MetaCollector.Testing.Chaos.Networking;

/// <summary>Which process a connection on loopback comes from. Linux only.</summary>
internal static class SocketOwner
{
    private const int LocalAddress = 1;
    private const int RemoteAddress = 2;
    private const int Inode = 9;

    /// <summary>The one of these processes that has the connection; null where none has.</summary>
    /// <param name="port">The port that it comes from.</param>
    /// <param name="target">The port that it goes to.</param>
    /// <param name="processes">Process ids.</param>
    public static int? Find(int port, int target, IEnumerable<int> processes)
    {
        var link = Connections("/proc/net/tcp").Concat(Connections("/proc/net/tcp6"))
            .Where(fields => PortOf(fields[LocalAddress]) == port && PortOf(fields[RemoteAddress]) == target)
            .Select(fields => $"socket:[{fields[Inode]}]").FirstOrDefault();
        return link is null ? null : processes.Where(process => Holds(process, link)).Select(process => (int?)process).FirstOrDefault();
    }

    private static IEnumerable<string[]> Connections(string file) =>
        File.ReadLines(file).Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static int PortOf(string address) => int.Parse(address.AsSpan(address.IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static bool Holds(int process, string link)
    {
        try
        {
            return new DirectoryInfo($"/proc/{process}/fd").EnumerateFileSystemInfos().Any(file => file.LinkTarget == link);
        }
        catch (IOException)
        {
            // It has ended.
            return false;
        }
    }
}
