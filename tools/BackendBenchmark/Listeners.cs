using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace JamBox.BackendBenchmark;

/// <summary>
/// Many listeners of the WebSocket, while things send at a steady rate: each must hear each message once, soon, and the memory of the
/// server must not grow.
/// </summary>
internal static class Listeners
{
    /// <summary>Messages a second.</summary>
    private const int PerSecond = 1000;

    /// <summary>Places that the server gives to one key.</summary>
    private const int PerKey = 8;

    /// <summary>Things that send.</summary>
    private const int Things = 100;

    /// <summary>What may be added to the resident memory from the first third to the end: garbage that was not collected yet.</summary>
    private const double GrowthMb = 64;

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_end = TimeSpan.FromSeconds(15);

    /// <summary>Measures, and prints.</summary>
    public static async Task RunAsync(Options options, bool postgres, string folder, Table table)
    {
        using IStorage storage = postgres ? new PostgresStorage(folder) : new SqliteStorage(folder);
        using Backend backend = await Backend.StartAsync(options.Server, storage);
        string[] tokens = await backend.RegisterAsync(Things);
        int most = PerSecond * (options.WarmUp + options.Seconds);
        long[] sentAt = new long[most];
        Latencies times = new();
        Ear[] ears = new Ear[options.Listeners];
        string[] tickets = await TicketsAsync(backend, ears.Length);
        for (int i = 0; i < ears.Length; i++)
        {
            ears[i] = new Ear(most, sentAt, PerSecond * options.WarmUp, times);
            await ears[i].OpenAsync(backend.Address, tickets[i]);
        }

        Sender sender = new(backend.Address, tokens, sentAt);
        Task sending = sender.RunAsync(most);
        await Task.Delay(TimeSpan.FromSeconds(options.WarmUp + (options.Seconds / 3d)));
        double before = backend.ResidentMb;
        await sending;
        double after = backend.ResidentMb;
        Stopwatch waiting = Stopwatch.StartNew();
        while (waiting.Elapsed < s_end && ears.Any(ear => ear.Heard < sender.Taken))
        {
            await Task.Delay(100);
        }

        Table.Part($"{ears.Length} listeners of the WebSocket, {(postgres ? "PostgreSQL" : "SQLite")}");
        table.Row($"Messages a second", $"{most / sender.Seconds:F0}", "1,000", most / sender.Seconds > 0.95 * PerSecond);
        long lost = ears.Sum(ear => (long)sender.Taken - ear.Heard), twice = ears.Sum(static ear => (long)ear.Twice);
        table.Row($"Taken, and refused", $"{sender.Taken:N0}, {sender.Refused:N0}", "0 refused", sender.Refused == 0);
        table.Row(
            $"Heard, lost, heard twice, of all listeners", $"{ears.Sum(static ear => (long)ear.Heard):N0}, {lost:N0}, {twice:N0}", "0 lost",
            lost + twice == 0);
        table.Row($"Hung up on", $"{ears.Count(static ear => ear.HasEnded)}", "0", ears.All(static ear => !ear.HasEnded));
        table.Row($"From sending to hearing, p50, p99", $"{times.Percentile(0.5):F0} ms, {times.Percentile(0.99):F0} ms");
        table.Row(
            $"Resident memory at a third, at the end", $"{before:F0} MB, {after:F0} MB", $"< +{GrowthMb:F0} MB", after - before < GrowthMb);
        foreach (Ear ear in ears)
        {
            ear.Dispose();
        }
    }

    /// <summary>Tickets of as many keys as are needed: each key has a few places.</summary>
    private static async Task<string[]> TicketsAsync(Backend backend, int count)
    {
        using HttpClient http = backend.Http();
        string[] tickets = new string[count];
        string key = "";
        for (int i = 0; i < count; i++)
        {
            if (i % PerKey == 0)
            {
                key = await AskAsync(http, "/api/keys", Backend.Key, $"{{\"name\":\"listeners {i}\",\"role\":\"viewer\"}}", "key");
            }

            tickets[i] = await AskAsync(http, "/api/ws-ticket", key, "", "ticket");
        }

        return tickets;
    }

    private static async Task<string> AskAsync(HttpClient http, string path, string key, string body, string member)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(path, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty(member).GetString()!;
    }

    /// <summary>Sends at a steady rate: what a tick owes, at once.</summary>
    private sealed class Sender(Uri address, string[] tokens, long[] sentAt)
    {
        private int _taken;
        private int _refused;

        public int Taken => _taken;

        public int Refused => _refused;

        public double Seconds { get; private set; }

        public async Task RunAsync(int count)
        {
            using HttpClient http = new() { BaseAddress = address };
            List<Task> open = [];
            long start = Stopwatch.GetTimestamp();
            using PeriodicTimer timer = new(s_tick);
            int sent = 0;
            while (sent < count && await timer.WaitForNextTickAsync())
            {
                int owed = Math.Min(count, (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * PerSecond));
                for (; sent < owed; sent++)
                {
                    open.Add(SendAsync(http, sent));
                }

                open.RemoveAll(static one => one.IsCompletedSuccessfully);
            }

            await Task.WhenAll(open);
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        private async Task SendAsync(HttpClient http, int number)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, new Uri("/telemetry", UriKind.Relative));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens[number % tokens.Length]);
            request.Content = new StringContent(
                string.Create(CultureInfo.InvariantCulture, $$$"""{"data":{"n":{{{number}}},"temperature":21.57,"rssi":-67,"v0":1}}"""),
                Encoding.UTF8, "application/json");
            Volatile.Write(ref sentAt[number], Stopwatch.GetTimestamp());
            using HttpResponseMessage answer = await http.SendAsync(request);
            Interlocked.Increment(ref answer.IsSuccessStatusCode ? ref _taken : ref _refused);
        }
    }

    /// <summary>One listener: which messages it has heard, and how late.</summary>
    private sealed class Ear(int most, long[] sentAt, int from, Latencies times) : IDisposable
    {
        private readonly ClientWebSocket _socket = new();
        private readonly bool[] _heard = new bool[most];
        private int _count;

        public int Heard => Volatile.Read(ref _count);

        public int Twice { get; private set; }

        public bool HasEnded { get; private set; }

        public async Task OpenAsync(Uri address, string ticket)
        {
            Uri place = new($"ws://127.0.0.1:{address.Port}/ws?token={Uri.EscapeDataString(ticket)}");
            await _socket.ConnectAsync(place, CancellationToken.None);
            await _socket.SendAsync("""{"type":"ping"}"""u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
            await _socket.ReceiveAsync(new byte[64].AsMemory(), CancellationToken.None);
            _ = HearAsync();
        }

        public void Dispose() => _socket.Dispose();

        private async Task HearAsync()
        {
            byte[] buffer = new byte[16 * 1024];
            try
            {
                while (true)
                {
                    ValueWebSocketReceiveResult part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                    if (part.MessageType == WebSocketMessageType.Close)
                    {
                        break;
                    }

                    Take(buffer.AsSpan(0, part.Count));
                }
            }
            catch (Exception gone) when (gone is WebSocketException or ObjectDisposedException)
            {
                // Hung up on, or at the end.
            }

            HasEnded = true;
        }

        private void Take(ReadOnlySpan<byte> message)
        {
            int at = message.IndexOf("\"n\":"u8);
            if (at < 0 || !System.Buffers.Text.Utf8Parser.TryParse(message[(at + 4)..], out int number, out _))
            {
                return;
            }

            if (_heard[number])
            {
                Twice++;
                return;
            }

            _heard[number] = true;
            if (number >= from)
            {
                times.Add(Stopwatch.GetElapsedTime(Volatile.Read(ref sentAt[number])));
            }

            Volatile.Write(ref _count, _count + 1);
        }
    }
}
