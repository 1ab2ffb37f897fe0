using System.Net;
using System.Net.Sockets;

using JamBox.Deployments;
using JamBox.Edge.Modules;
using JamBox.Edge.Tests.Time;

namespace JamBox.Edge.Tests.Modules;

/// <summary>Names of modules: multicast DNS over a real socket, the system's answers, and how long both are kept.</summary>
[Collection(ManualTime.Alone)]
public sealed class NameTests
{
    private const int Cases = 20_000;

    private static readonly ModuleEntry s_module = new("esp32-A1B2C3", "power", null, null, true, null, true);

    [Fact]
    public void A_question_is_as_the_standard_says()
    {
        Assert.Equal(
            "\u0012\u0034\0\0\0\u0001\0\0\0\0\0\0\u0005esp32\u0005local\0\0\u0001\0\u0001"u8.ToArray(),
            MdnsMessage.Query("esp32.local.", 0x1234));
        Assert.Throws<FormatException>(() => MdnsMessage.Query("a..local", 1));
        Assert.Throws<FormatException>(() => MdnsMessage.Query(new string('a', 64) + ".local", 1));
        Assert.Throws<FormatException>(() => MdnsMessage.Query(string.Join('.', Enumerable.Repeat(new string('a', 50), 6)), 1));
    }

    [Fact]
    public void An_answer_is_found_behind_other_records_and_through_pointers()
    {
        byte[] answer = Answer(7, "esp32-A1B2C3.local", IPAddress.Parse("192.168.4.9"), 120);
        Assert.Equal(new MdnsAddress(IPAddress.Parse("192.168.4.9"), 120), MdnsMessage.Find(answer, "ESP32-a1b2c3.local", 7));
        Assert.Null(MdnsMessage.Find(answer, "esp32-A1B2C4.local", 7));
        Assert.Null(MdnsMessage.Find(answer, "esp32-A1B2C3.local", 8));
        Assert.Null(MdnsMessage.Find(Answer(7, "esp32-A1B2C3.local", IPAddress.Broadcast, 120), "esp32-A1B2C3.local", 7));
        Assert.Null(MdnsMessage.Find(Answer(7, "esp32-A1B2C3.local", IPAddress.Parse("192.168.4.9"), 0), "esp32-A1B2C3.local", 7));
        Assert.Null(MdnsMessage.Find(MdnsMessage.Query("esp32-A1B2C3.local", 7), "esp32-A1B2C3.local", 7));
    }

    [Fact]
    public void A_pointer_that_leads_in_a_circle_ends()
    {
        byte[] answer = Answer(7, "esp32-A1B2C3.local", IPAddress.Parse("192.168.4.9"), 120);
        answer[12] = 0xC0;
        answer[13] = 12;
        Assert.Null(MdnsMessage.Find(answer, "esp32-A1B2C3.local", 7));
    }

    [Fact]
    public void Any_datagram_is_read_or_passed_over()
    {
        byte[] answer = Answer(7, "esp32-A1B2C3.local", IPAddress.Parse("192.168.4.9"), 120);
        int found = 0;
        Fuzz.ForEach(nameof(Any_datagram_is_read_or_passed_over), Cases, number =>
        {
            if (MdnsMessage.Find(Fuzz.Damage(new Random(number), answer), "esp32-A1B2C3.local", 7) is { } address)
            {
                found++;
                Assert.True(ModuleName.IsOfOneMachine(address.Address));
                Assert.True(address.TtlSeconds > 0);
            }
        });
        Assert.True(Fuzz.IsReplay || found is > 0 and < Cases / 2);
    }

    [Fact]
    public async Task A_module_answers_over_a_real_socket_even_when_the_first_question_is_lost()
    {
        using Responder responder = new(lost: 1);
        ManualTime time = new();
        NameResolver names = new(new MdnsResolver(time, responder.EndPoint), time, NobodyAsync);
        IPAddress? found = await time.DriveAsync(names.ResolveAsync(s_module, CancellationToken.None), () => responder.Questions);
        Assert.Equal(IPAddress.Parse("192.168.4.9"), found);
        Assert.Equal(2, responder.Questions);

        // It is kept for as long as the answer said, two minutes at most; and not when it turned out to be wrong.
        await names.ResolveAsync(s_module, CancellationToken.None);
        Assert.Equal(2, responder.Questions);
        names.Forget(s_module);
        await time.DriveAsync(names.ResolveAsync(s_module, CancellationToken.None), () => responder.Questions);
        Assert.Equal(3, responder.Questions);
        time.Advance(TimeSpan.FromMinutes(2));
        await time.DriveAsync(names.ResolveAsync(s_module, CancellationToken.None), () => responder.Questions);
        Assert.Equal(4, responder.Questions);
    }

    [Fact]
    public async Task Where_nobody_answers_the_system_is_asked_for_both_names_within_a_limit()
    {
        using Responder responder = new(lost: 1000);
        ManualTime time = new();
        List<string> asked = [];
        NameResolver names = new(new MdnsResolver(time, responder.EndPoint), time, (name, cancel) =>
        {
            asked.Add(name);
            return name.EndsWith(".local", StringComparison.Ordinal)
                ? Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None).ContinueWith(static _ => Array.Empty<IPAddress>(), cancel)
                : Task.FromResult(new[] { IPAddress.Broadcast, IPAddress.IPv6Loopback, IPAddress.Parse("10.1.2.3") });
        });
        DateTimeOffset begun = time.GetUtcNow();
        IPAddress? found = await time.DriveAsync(names.ResolveAsync(s_module, CancellationToken.None), () => responder.Questions);
        Assert.Equal(IPAddress.Parse("10.1.2.3"), found);
        Assert.Equal(["esp32-A1B2C3.local", "esp32-A1B2C3"], asked);
        Assert.Equal(3, responder.Questions);
        Assert.Equal(TimeSpan.FromSeconds(10), time.GetUtcNow() - begun);
    }

    [Fact]
    public async Task An_address_set_by_hand_asks_nobody()
    {
        ManualTime time = new();
        NameResolver names = new(new MdnsResolver(time, new IPEndPoint(IPAddress.Loopback, 9)), time, NobodyAsync);
        Assert.Equal(
            IPAddress.Parse("10.0.0.7"), await names.ResolveAsync(s_module with { Address = "10.0.0.7" }, CancellationToken.None));
        Assert.Null(await names.ResolveAsync(s_module with { Address = "module.example" }, CancellationToken.None));
    }

    private static Task<IPAddress[]> NobodyAsync(string name, CancellationToken cancel) => throw new SocketException(11001);

    /// <summary>The question, a record of text whose name is a pointer, and the address, whose name is one too.</summary>
    private static byte[] Answer(ushort id, string name, IPAddress address, byte ttl)
    {
        byte[] query = MdnsMessage.Query(name, id);
        query[2] = 0x84;
        query[7] = 2;
        return
        [
            .. query,
            0xC0, 12, 0, 16, 0x80, 1, 0, 0, 0, ttl, 0, 3, 2, (byte)'a', (byte)'b',
            0xC0, 12, 0, 1, 0x80, 1, 0, 0, 0, ttl, 0, 4, .. address.GetAddressBytes(),
        ];
    }

    /// <summary>Answers questions at a port of loopback.</summary>
    private sealed class Responder : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private int _lost;
        private int _questions;

        public Responder(int lost)
        {
            _lost = lost;
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _ = AnswerAsync();
        }

        public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

        public int Questions => Volatile.Read(ref _questions);

        public void Dispose() => _socket.Dispose();

        private async Task AnswerAsync()
        {
            byte[] buffer = new byte[512];
            try
            {
                while (true)
                {
                    SocketReceiveFromResult heard = await _socket.ReceiveFromAsync(
                        buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0));
                    Interlocked.Increment(ref _questions);
                    if (_lost-- > 0)
                    {
                        continue;
                    }

                    await _socket.SendToAsync("no answer"u8.ToArray(), SocketFlags.None, heard.RemoteEndPoint);
                    ushort id = (ushort)((buffer[0] << 8) | buffer[1]);
                    byte[] answer = Answer(id, "esp32-A1B2C3.local", IPAddress.Parse("192.168.4.9"), 120);
                    await _socket.SendToAsync(answer, SocketFlags.None, heard.RemoteEndPoint);
                }
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
