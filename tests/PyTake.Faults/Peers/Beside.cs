using System.Text.Json;

namespace PyTake.Faults.Peers;

/// <summary>What a peer delivered under the same faults, for a column of our table.</summary>
/// <param name="Delivered">The share of messages that it delivered, as text, by the fault's name.</param>
internal sealed record Beside(string Name, Dictionary<string, string> Delivered)
{
    /// <summary>Null if no peer has been measured yet.</summary>
    public static Beside? Read(string folder) => File.Exists(FileIn(folder)) ? JsonSerializer.Deserialize<Beside>(File.ReadAllText(FileIn(folder))) : null;

    public void Write(string folder) => File.WriteAllText(FileIn(folder), JsonSerializer.Serialize(this));

    private static string FileIn(string folder) => Path.Combine(folder, "peer.json");
}
