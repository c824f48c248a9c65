using System.Diagnostics;
using System.Text.Json;

namespace PyTake.Bench;

/// <summary>Which conversations to disturb, and with how many browsers.</summary>
internal sealed record DisturbersTask(Uri BaseUrl, string Token, int Deaf, int Talkers, Guid[] Conversations);

/// <summary>Runs <see cref="Disturbers"/> in a separate process, so that they load the cluster and not the load generator.</summary>
internal sealed class DisturbersProcess : IDisposable
{
    /// <summary>The argument that makes this program run the disturbers.</summary>
    public const string Command = "disturb";

    public const string BeginLine = "begin", EndLine = "end";
    private readonly Process _process;

    public DisturbersProcess(DisturbersTask task)
    {
        var program = Environment.ProcessPath!;
        string[] command = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(Disturbers).Assembly.Location, Command] : [program, Command];
        // In production these browsers run on other machines; here they only run while the processors are otherwise idle (SCHED_IDLE, sched(7)).
        // A process that is merely niced would still hold a processor for some milliseconds.
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
