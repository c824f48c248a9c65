using System.ComponentModel.DataAnnotations;

namespace PyTake.Hosting;

/// <summary>A node's name and role.</summary>
public sealed class NodeOptions
{
    public const string Section = "Node";

    /// <summary>Shown to operators and clients; by default the machine's name and the process id.</summary>
    [RegularExpression("^[A-Za-z0-9_.-]{1,64}$", ErrorMessage = "must be a short plain word")]
    public string Name { get; set; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>Whether it processes webhooks and sends messages (Workers:Enabled).</summary>
    public bool Workers { get; set; } = true;
}
