namespace PyTake;

public sealed partial class SignalRClient
{
    /// <inheritdoc cref="ConnectAsync(Uri, string, int)"/>
    public static Task<SignalRClient> ConnectAsync(TestNode node, string token, int receiveBuffer = 0) => ConnectAsync(node.Url, token, receiveBuffer);

    /// <inheritdoc cref="OpenAsync(Uri, string, int, string?)"/>
    public static Task<SignalRClient> OpenAsync(TestNode node, string token, int receiveBuffer = 0, string? origin = null)
        => OpenAsync(node.Url, token, receiveBuffer, origin);
}
