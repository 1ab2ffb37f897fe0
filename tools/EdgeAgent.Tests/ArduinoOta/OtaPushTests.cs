using System.Net;
using System.Net.Sockets;

using JamBox.Edge.ArduinoOta;
using JamBox.Edge.Demo;
using JamBox.Edge.Tests.Time;

namespace JamBox.Edge.Tests.ArduinoOta;

/// <summary>Pushes to simulated modules over real sockets; only the clock is not real.</summary>
[Collection(ManualTime.Alone)]
public sealed class OtaPushTests : IAsyncDisposable
{
    private const string Password = "s3cret-PW";
    private const int ImageBytes = (20 * 1024) + 321;

    private static readonly byte[] s_old = SimulatedImage.Build("1.0.0", 4096);
    private static readonly byte[] s_new = SimulatedImage.Build("1.1.0", ImageBytes);

    private readonly ManualTime _time = new();
    private readonly List<SimulatedModule> _modules = [];

    [Theory]
    [InlineData(null, OtaScheme.Md5)]
    [InlineData("md5", OtaScheme.Md5)]
    [InlineData("sha256", OtaScheme.Sha256)]
    [InlineData("md5", OtaScheme.Sha256)]
    public async Task An_image_reaches_the_module_whole(string? keptHash, OtaScheme scheme)
    {
        SimulatedModule module = Module(scheme, keptHash is null ? null : HashOf(keptHash));
        List<int> taken = [];
        OtaResult result = await PushAsync(module, OtaPassword.Parse(Password), new Log(taken));
        Assert.True(result.IsConfirmed);
        Assert.Equal(s_new, module.Image);
        Assert.Equal(1, module.Updates);
        Assert.Equal(ImageBytes, taken[^1]);
        Assert.Equal((ImageBytes + 1023) / 1024, taken.Count);
        Assert.InRange(module.ConnectedTo!.Port, 10_000, 60_000);
    }

    [Theory]
    [InlineData("md5", OtaScheme.Md5)]
    [InlineData("md5", OtaScheme.Sha256)]
    [InlineData("sha256", OtaScheme.Sha256)]
    public async Task The_hash_of_the_password_is_enough(string kind, OtaScheme scheme)
    {
        SimulatedModule module = Module(scheme, HashOf(kind));
        await PushAsync(module, OtaPassword.Parse($"{kind}:{HashOf(kind)}"));
        Assert.Equal(s_new, module.Image);
    }

    [Fact]
    public async Task The_module_is_told_the_address_of_the_gateway_that_it_sees()
    {
        SimulatedModule module = Module();
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Connect(module.Address, 9);
        await PushAsync(module);
        Assert.Equal(((IPEndPoint)probe.LocalEndPoint!).Address, module.ConnectedTo!.Address);
    }

    [Fact]
    public async Task Pieces_of_any_size_repeated_counts_and_a_joined_last_word_are_understood()
    {
        int[] pieces = [0, 1, 7, 100, 1000, 1023, 1460];
        foreach (int piece in pieces)
        {
            ModuleFaults faults = new() { PieceBytes = piece, RepeatEvery = 5, JoinsLastWord = piece % 2 == 0 };
            SimulatedModule module = Module(faults: faults);
            OtaResult result = await PushAsync(module);
            Assert.True(result.IsConfirmed);
            Assert.Equal(s_new, module.Image);
        }
    }

    [Fact]
    public async Task A_module_that_is_away_is_invited_ten_times_for_ten_seconds_and_then_given_up()
    {
        SimulatedModule module = Module(faults: new ModuleFaults { DatagramsLost = 1000 });
        DateTimeOffset begun = _time.GetUtcNow();
        OtaException fault = await Assert.ThrowsAsync<OtaException>(() => PushAsync(module));
        Assert.Equal(OtaFault.NoAnswer, fault.Fault);
        Assert.Equal(TimeSpan.FromSeconds(100), _time.GetUtcNow() - begun);
        Assert.Equal(990, module.Faults.DatagramsLost);
        Assert.Contains(module.Address.ToString(), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_module_that_starts_just_now_is_served_as_soon_as_it_listens()
    {
        SimulatedModule module = Module(bootMs: 7000);
        OtaResult result = await PushAsync(module);
        Assert.Equal(s_new, module.Image);

        // Its port refuses until it listens: no second longer than that.
        Assert.InRange(result.Elapsed.TotalSeconds, 7, 9);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    [InlineData(0, 2)]
    [InlineData(2, 2)]
    public async Task Datagrams_lost_in_either_direction_cost_time_only(int lost, int answersLost)
    {
        foreach (string? hash in new[] { null, HashOf("sha256") })
        {
            ModuleFaults faults = new() { DatagramsLost = lost, AnswersLost = answersLost };
            SimulatedModule module = Module(OtaScheme.Sha256, hash, faults);
            await PushAsync(module, OtaPassword.Parse(Password));
            Assert.Equal(s_new, module.Image);
        }
    }

    [Fact]
    public async Task A_wrong_password_is_said_at_once()
    {
        foreach (OtaScheme scheme in Enum.GetValues<OtaScheme>())
        {
            SimulatedModule module = Module(scheme, HashOf("md5"));
            OtaException fault = await Assert.ThrowsAsync<OtaException>(() => PushAsync(module, OtaPassword.Parse("another")));
            Assert.Equal(OtaFault.WrongPassword, fault.Fault);
            Assert.Equal(s_old, module.Image);
            Assert.Equal(scheme == OtaScheme.Md5 ? 1 : 2, module.Invitations);
        }
    }

    [Fact]
    public async Task A_module_that_wants_a_password_that_is_not_known_is_named()
    {
        OtaException none = await Assert.ThrowsAsync<OtaException>(() => PushAsync(Module(OtaScheme.Md5, HashOf("md5"))));
        Assert.Equal(OtaFault.PasswordNeeded, none.Fault);
        OtaException form = await Assert.ThrowsAsync<OtaException>(
            () => PushAsync(Module(OtaScheme.Md5, HashOf("md5")), OtaPassword.Parse($"sha256:{HashOf("sha256")}")));
        Assert.Equal(OtaFault.PasswordNeeded, form.Fault);
        Assert.Contains("md5:", form.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_nonce_that_is_none_is_refused()
    {
        SimulatedModule module = Module(OtaScheme.Md5, HashOf("md5"), new ModuleFaults { BadNonces = 1 });
        OtaException fault = await Assert.ThrowsAsync<OtaException>(() => PushAsync(module, OtaPassword.Parse(Password)));
        Assert.Equal(OtaFault.BadAnswer, fault.Fault);
    }

    [Fact]
    public async Task A_module_that_forgot_its_nonce_refuses_and_is_asked_once_more_where_there_is_another_form()
    {
        SimulatedModule newer = Module(OtaScheme.Sha256, HashOf("md5"), new ModuleFaults { WrongNonces = 1 });
        await PushAsync(newer, OtaPassword.Parse(Password));
        Assert.Equal(s_new, newer.Image);

        SimulatedModule older = Module(OtaScheme.Md5, HashOf("md5"), new ModuleFaults { WrongNonces = 1 });
        OtaException fault = await Assert.ThrowsAsync<OtaException>(() => PushAsync(older, OtaPassword.Parse(Password)));
        Assert.Equal(OtaFault.WrongPassword, fault.Fault);
    }

    [Theory]
    [InlineData("connection", OtaFault.NoConnection)]
    [InlineData("cut", OtaFault.ConnectionLost)]
    [InlineData("stall", OtaFault.Stalled)]
    [InlineData("flip", OtaFault.Rejected)]
    public async Task What_breaks_a_push_is_named_and_the_module_keeps_what_it_had(string what, OtaFault expected)
    {
        SimulatedModule module = Module(faults: new ModuleFaults
        {
            MissingConnections = what == "connection" ? 1 : 0,
            CutConnections = what == "cut" ? 1 : 0,
            Stalls = what == "stall" ? 1 : 0,
            FlippedBits = what == "flip" ? 1 : 0,
        });
        OtaException fault = await Assert.ThrowsAsync<OtaException>(() => PushAsync(module));
        Assert.Equal(expected, fault.Fault);
        Assert.Equal(s_old, module.Image);
        Assert.True(what != "flip" || fault.Message.Contains("MD5 Check Failed", StringComparison.Ordinal), fault.Message);

        // And it is served the next time.
        await PushAsync(module);
        Assert.Equal(s_new, module.Image);
    }

    [Fact]
    public async Task An_image_that_is_none_is_refused_by_the_module_with_its_own_words()
    {
        SimulatedModule module = Module();
        byte[] page = new byte[ImageBytes];
        page.AsSpan().Fill((byte)'<');
        OtaException fault = await Assert.ThrowsAsync<OtaException>(() => PushAsync(module, image: page));
        Assert.Equal(OtaFault.Rejected, fault.Fault);
        Assert.Contains("Wrong Magic Byte", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_last_word_that_is_lost_is_told_as_not_confirmed()
    {
        SimulatedModule module = Module(faults: new ModuleFaults { LastWordsLost = 1 });
        OtaResult result = await PushAsync(module);
        Assert.False(result.IsConfirmed);
        Assert.Equal(s_new, module.Image);
    }

    [Fact]
    public async Task A_last_count_that_is_lost_is_told_as_not_confirmed_and_not_as_a_broken_transfer()
    {
        SimulatedModule module = Module(faults: new ModuleFaults { LastCountsLost = 1 });
        OtaResult result = await PushAsync(module);
        Assert.False(result.IsConfirmed);
        Assert.Equal(s_new, module.Image);
    }

    [Fact]
    public async Task A_slow_flash_is_waited_for()
    {
        SimulatedModule module = Module(flash: new FlashModel(8000, 500, 0));
        OtaResult result = await PushAsync(module);
        Assert.True(result.IsConfirmed);
        Assert.InRange(result.Elapsed.TotalSeconds, 10, 12);

        SimulatedModule tooSlow = Module(flash: new FlashModel(11_000, 0, 0));
        OtaException fault = await Assert.ThrowsAsync<OtaException>(() => PushAsync(tooSlow));
        Assert.Equal(OtaFault.Stalled, fault.Fault);
    }

    [Fact]
    public async Task Nobody_but_the_module_gets_the_image()
    {
        SimulatedModule module = Module(OtaScheme.Md5, HashOf("md5"), new ModuleFaults { AnswersLost = 1 });
        Task<OtaResult> push = PushAsync(module, OtaPassword.Parse(Password), ports: "20000-20000");
        using Socket stranger = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        for (int tries = 0; !stranger.Connected && tries < 200; tries++)
        {
            try
            {
                await stranger.ConnectAsync(IPAddress.Loopback, 20_000);
            }
            catch (SocketException)
            {
                await Task.Delay(10);
            }
        }

        Assert.Equal(0, await ReadAsync(stranger));
        await push;
        Assert.Equal(s_new, module.Image);
    }

    [Fact]
    public async Task Ports_that_are_taken_are_said()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        OtaException fault = await Assert.ThrowsAsync<OtaException>(() => PushAsync(Module(), ports: $"{port}-{port}"));
        Assert.Equal(OtaFault.NoPort, fault.Fault);
        Assert.Contains("modules.ports", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_push_is_broken_off_in_the_middle_and_the_module_keeps_what_it_had()
    {
        SimulatedModule module = Module();
        using CancellationTokenSource cancel = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => PushAsync(module, progress: new Call(taken => CancelAt(taken, 5 * 1024, cancel)), cancel: cancel.Token));
        Assert.Equal(s_old, module.Image);
    }

    [Fact]
    public async Task An_agent_that_stops_finishes_what_has_begun_and_begins_nothing()
    {
        SimulatedModule module = Module();
        using CancellationTokenSource stop = new();
        await PushAsync(module, progress: new Call(taken => CancelAt(taken, 5 * 1024, stop)), stop: stop.Token);
        Assert.Equal(s_new, module.Image);

        SimulatedModule away = Module(faults: new ModuleFaults { DatagramsLost = 1000 });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PushAsync(away, stop: stop.Token));
    }

    [Theory]
    [InlineData("10000-60000", true)]
    [InlineData("10000–60000", true)]
    [InlineData(" 2000 - 2000 ", true)]
    [InlineData("60000-10000", false)]
    [InlineData("80-90", false)]
    [InlineData("10000-70000", false)]
    [InlineData("10000", false)]
    [InlineData("-1-5", false)]
    public void A_range_of_ports_is_read_or_refused(string text, bool isRange)
    {
        Assert.Equal(isRange, OtaOptions.TryReadPorts(text, out _, out _));
        Assert.Equal(isRange, new OtaOptions { Ports = text }.Faults().Count == 0);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SimulatedModule module in _modules)
        {
            await module.DisposeAsync();
        }
    }

    private static string HashOf(string kind) =>
        OtaPassword.Parse(Password).FormsFor(OtaScheme.Sha256)[kind == "sha256" ? 0 : 1];

    private static void CancelAt(int taken, int when, CancellationTokenSource cancel)
    {
        if (taken >= when)
        {
            cancel.Cancel();
        }
    }

    private static async Task<int> ReadAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1], SocketFlags.None).WaitAsync(TimeSpan.FromSeconds(120));
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private SimulatedModule Module(
        OtaScheme scheme = OtaScheme.Md5, string? hash = null, ModuleFaults? faults = null, int bootMs = 0, FlashModel flash = default)
    {
        IPAddress address = Loopback.Next();
        SimulatedModule module = new(
            new SimulatedModuleOptions
            {
                Hostname = $"esp32-{_modules.Count:x6}",
                Address = address,
                Scheme = scheme,
                PasswordHash = hash,
                Image = s_old,
                BootMs = bootMs,
                Flash = flash,
                Faults = faults ?? new ModuleFaults(),
            },
            _time,
            static (_, _) => Task.CompletedTask);
        _modules.Add(module);
        module.Start();
        return module;
    }

    private Task<OtaResult> PushAsync(
        SimulatedModule module,
        OtaPassword? password = null,
        IProgress<int>? progress = null,
        byte[]? image = null,
        string ports = "10000-60000",
        CancellationToken cancel = default,
        CancellationToken stop = default)
    {
        OtaPush push = new(new OtaOptions { Ports = ports }, password ?? OtaPassword.None, _time);
        OtaTarget target = new(module.Hostname, module.Address);
        return _time.DriveAsync(push.PushAsync(target, image ?? s_new, progress, cancel, stop), () => module.Activity);
    }

    private sealed class Log(List<int> values) : IProgress<int>
    {
        public void Report(int value) => values.Add(value);
    }

    private sealed class Call(Action<int> called) : IProgress<int>
    {
        public void Report(int value) => called(value);
    }
}
