using System.Text.Json;

namespace PyTake.Faults.Peers;

/// <summary>What a peer delivered under faults that we are put to as well, for a column of our table.</summary>
/// <param name="Delivered">The share of what it was to deliver, in words, by the faults' names.</param>
internal sealed record Beside(string Name, Dictionary<string, string> Delivered)
{
    /// <summary>Null where no peer has been measured yet.</summary>
    public static Beside? Read(string folder) => File.Exists(FileIn(folder)) ? JsonSerializer.Deserialize<Beside>(File.ReadAllText(FileIn(folder))) : null;

    public void Write(string folder) => File.WriteAllText(FileIn(folder), JsonSerializer.Serialize(this));

    private static string FileIn(string folder) => Path.Combine(folder, "peer.json");
}
