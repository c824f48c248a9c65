namespace PyTake;

/// <summary>Clients of nodes in this process.</summary>
public static class NodeClients
{
    extension(SignalRClient)
    {
        /// <inheritdoc cref="SignalRClient.ConnectAsync(Uri, string, int)"/>
        public static Task<SignalRClient> ConnectAsync(TestNode node, string token, int receiveBuffer = 0) => SignalRClient.ConnectAsync(node.Url, token, receiveBuffer);

        /// <inheritdoc cref="SignalRClient.OpenAsync(Uri, string, int, string?)"/>
        public static Task<SignalRClient> OpenAsync(TestNode node, string token, int receiveBuffer = 0, string? origin = null)
            => SignalRClient.OpenAsync(node.Url, token, receiveBuffer, origin);
    }
}
