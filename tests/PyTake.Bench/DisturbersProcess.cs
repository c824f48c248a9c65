using System.Diagnostics;
using System.Text.Json;

namespace PyTake.Bench;

/// <summary>What to disturb, and how many do it.</summary>
internal sealed record DisturbersTask(Uri BaseUrl, string Token, int Deaf, int Talkers, Guid[] Conversations);

/// <summary><see cref="Disturbers"/> in a process of their own, so that they keep the cluster busy and not those who measure it.</summary>
internal sealed class DisturbersProcess : IDisposable
{
    /// <summary>The command line that has this program be them.</summary>
    public const string Command = "disturb";

    public const string BeginLine = "begin", EndLine = "end";
    private readonly Process _process;

    public DisturbersProcess(DisturbersTask task)
    {
        var program = Environment.ProcessPath!;
        string[] command = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(Disturbers).Assembly.Location, Command] : [program, Command];
        // Outside a benchmark they have machines of their own: here they run only while nothing else wants to (SCHED_IDLE, sched(7)). A process
        // that is merely nice keeps a processor for some milliseconds.
        _process = Process.Start(new ProcessStartInfo("chrt", ["--idle", "0", .. command]) { RedirectStandardInput = true })!;
        _process.StandardInput.AutoFlush = true;
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(task));
    }

    public void Begin() => _process.StandardInput.WriteLine(BeginLine);

    public void End() => _process.StandardInput.WriteLine(EndLine);

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
