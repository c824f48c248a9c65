using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using MimeKit;

namespace PyTake.Accounts;

/// <summary>An SMTP server that takes every mail and keeps it (RFC 5321, without extensions).</summary>
internal sealed class MailServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly Channel<MimeMessage> _mails = Channel.CreateUnbounded<MimeMessage>();
    private readonly CancellationTokenSource _stopping = new();

    /// <param name="port">0: a free one.</param>
    public MailServer(int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Settings of a node that sends through it.</summary>
    public (string, string)[] Settings => SettingsFor(Port);

    public static (string, string)[] SettingsFor(int port) =>
    [
        ("Mail:Host", "127.0.0.1"), ("Mail:Port", $"{port}"), ("Mail:Security", "none"), ("Mail:From", "PyTake <pytake@example.com>"),
    ];

    /// <summary>The next mail; fails after some seconds without one.</summary>
    public async Task<MimeMessage> Next() => await _mails.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(_stopping.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            _ = TalkAsync(client);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream);
            await using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
            await writer.WriteLineAsync("220 test");
            while (await reader.ReadLineAsync() is { } line)
            {
                if (line == "DATA")
                {
                    await writer.WriteLineAsync("354 go on");
                    await KeepAsync(reader);
                }
                await writer.WriteLineAsync(line == "QUIT" ? "221 bye" : "250 ok");
            }
        }
    }

    private async Task KeepAsync(StreamReader reader)
    {
        using var mail = new MemoryStream();
        await using var copy = new StreamWriter(mail) { NewLine = "\r\n", AutoFlush = true };
        while (await reader.ReadLineAsync() is { } line && line != ".") await copy.WriteLineAsync(line.StartsWith('.') ? line[1..] : line);
        mail.Position = 0;
        _mails.Writer.TryWrite(await MimeMessage.LoadAsync(mail));
    }
}
