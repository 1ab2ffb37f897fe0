using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

using MimeKit;

namespace JamBox.Backend.Tests.Hosting;

/// <summary>As much of a mail server as mails need; it keeps what it is given.</summary>
public sealed class MailServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly BlockingCollection<MimeMessage> _mails = [];
    private int _refusals;

    public MailServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Count => _mails.Count;

    /// <summary>How many connections it refuses from now on.</summary>
    public void Refuse(int connections) => Volatile.Write(ref _refusals, connections);

    /// <summary>The settings with which a backend sends here.</summary>
    public string[] Args =>
        ["--Alerts:SmtpHost=127.0.0.1", $"--Alerts:SmtpPort={Port}", "--Alerts:SmtpTls=false", "--Alerts:MailFrom=box@example.org",
            "--Alerts:MailTo=all@example.org"];

    /// <summary>The next mail.</summary>
    public MimeMessage Next() =>
        _mails.TryTake(out MimeMessage? mail, TimeSpan.FromSeconds(120)) ? mail : throw new TimeoutException("No mail came.");

    public void Dispose()
    {
        _listener.Dispose();
        _mails.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync();
                if (Interlocked.Decrement(ref _refusals) >= 0)
                {
                    client.Dispose();
                    continue;
                }

                _ = ServeAsync(client);
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient served = client;
        using StreamReader reader = new(client.GetStream(), Encoding.Latin1);
        await using StreamWriter writer = new(client.GetStream(), Encoding.Latin1) { AutoFlush = true, NewLine = "\r\n" };
        await writer.WriteLineAsync("220 test");
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("DATA", StringComparison.Ordinal))
            {
                await writer.WriteLineAsync("354 go on");
                StringBuilder text = new();
                while (await reader.ReadLineAsync() is { } part && part != ".")
                {
                    text.Append(part.StartsWith('.') ? part[1..] : part).Append("\r\n");
                }

                using MemoryStream bytes = new(Encoding.Latin1.GetBytes(text.ToString()));
                _mails.Add(await MimeMessage.LoadAsync(bytes));
            }
            else if (line.StartsWith("QUIT", StringComparison.Ordinal))
            {
                await writer.WriteLineAsync("221 bye");
                return;
            }

            await writer.WriteLineAsync("250 ok");
        }
    }
}
