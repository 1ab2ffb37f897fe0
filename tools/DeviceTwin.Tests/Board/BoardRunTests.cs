using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using JamBox.App;
using JamBox.Atoms3.Adapters;
using JamBox.Boot;
using JamBox.Interop;
using JamBox.Provisioning;
using JamBox.Twin.Board;
using JamBox.Twin.Modem;
using JamBox.Twin.Ota;
using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Board;

/// <summary>Tests of <see cref="BoardRun"/>: the board's own Program and adapters, a simulated modem, a real socket, real time.</summary>
public sealed class BoardRunTests
{
    [Fact]
    public async Task TheBoardsProgramSendsItsHeartbeatAndAReading()
    {
        using Server server = new();
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(120));
        List<string> log = [];
        World world = new(server.Port);
        using BoardRun run = new(new BoardIdentity("JBNB0042", "a-token", "backend", 5000), world.Modem, world.Radio, world.Clock)
        {
            Log = Add(log),
        };
        Task running = Task.Factory.StartNew(() => run.Run(stop.Token), TaskCreationOptions.LongRunning);
        string heartbeat = await server.Requests.Task.WaitAsync(stop.Token);
        Assert.StartsWith("POST /api/heartbeat HTTP/1.1\r\n", heartbeat);
        Assert.Contains("Authorization: Bearer a-token", heartbeat);
        Assert.Contains("JBNB0042", heartbeat);

        server.Requests = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        run.Press(true);
        await Task.Delay(120);
        run.Press(false);
        string reading = await server.Requests.Task.WaitAsync(stop.Token);
        Assert.StartsWith("POST /api/reading HTTP/1.1\r\n", reading);
        await stop.CancelAsync();
        await running;
        Assert.Null(run.Stuck);
        Assert.Equal((1, 0L, 0L, 0), (run.Boots, run.LateBytes, run.FlushedBytes, run.RadioConflicts));
        Assert.DoesNotContain(log, l => l.Contains("a-token"));
    }

    /// <summary>The build for the stock image: no native part of ours is called, the identity is a file.</summary>
    [Fact]
    public async Task TheStockProgramSendsItsHeartbeatAndAReading()
    {
        using Server server = new();
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(120));
        List<string> log = [];
        World world = new(server.Port);
        using BoardRun run = new(null, world.Modem, world.Radio, world.Clock) { Log = Add(log), Firmware = JamBox.Stock.Program.Main };
        run.Drive.Write("I:\\device.json", """{"device_id":"JBNB0042","token":"a-token","host":"backend","port":5000}"""u8.ToArray());
        Task running = Task.Factory.StartNew(() => run.Run(stop.Token), TaskCreationOptions.LongRunning);
        string heartbeat = await server.Requests.Task.WaitAsync(stop.Token);
        Assert.StartsWith("POST /api/heartbeat HTTP/1.1\r\n", heartbeat);
        Assert.Contains("Authorization: Bearer a-token", heartbeat);
        Assert.Contains("JBNB0042", heartbeat);
        Assert.Contains("\"hw\":\"atoms3-stock\"", heartbeat);
        Assert.DoesNotContain("\"bf\"", heartbeat);

        server.Requests = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        run.Press(true);
        await Task.Delay(120);
        run.Press(false);
        string reading = await server.Requests.Task.WaitAsync(stop.Token);
        Assert.StartsWith("POST /api/reading HTTP/1.1\r\n", reading);
        await stop.CancelAsync();
        await running;
        Assert.Null(run.Stuck);
        Assert.Equal((1, 0), (run.Boots, run.RadioConflicts));
        Assert.DoesNotContain(log, l => l.Contains("a-token"));
    }

    [Fact]
    public async Task AStockBoxWithoutIdentitySaysWhatIsMissing()
    {
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(120));
        List<string> log = [];
        World world = new(1);
        using BoardRun run = new(null, world.Modem, world.Radio, world.Clock) { Log = Add(log), Firmware = JamBox.Stock.Program.Main };
        Task running = Task.Factory.StartNew(() => run.Run(stop.Token), TaskCreationOptions.LongRunning);
        BoardFixture.Until(() => Count(log, "not provisioned: 'device_id' is missing") == 1);
        Assert.Equal(1, Count(log, "board: ident does not work"));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task AResetBootsItAgain()
    {
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(120));
        List<string> log = [];
        World world = new(1);
        using BoardRun run = new(null, world.Modem, world.Radio, world.Clock) { Log = Add(log) };
        Task running = Task.Factory.StartNew(() => run.Run(stop.Token), TaskCreationOptions.LongRunning);
        BoardFixture.Until(() => Count(log, "started by power") == 1);
        run.PressReset();
        BoardFixture.Until(() => Count(log, "started by power") == 2);
        Assert.Equal(2, run.Boots);
        Assert.Equal(2, Count(log, "not provisioned"));
        await stop.CancelAsync();
        await running;
        Assert.Null(run.Stuck);
    }

    [Fact]
    public async Task AHangEndsInAReset()
    {
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(120));
        List<string> reasons = [];
        World world = new(1);
        using BoardRun run = new(null, world.Modem, world.Radio, world.Clock)
        {
            Firmware = () =>
            {
                BoardSystem system = new(new NvsStore());
                Add(reasons)(system.ResetReason);
                new RtcWatchdog().Start(1000);
                Thread.Sleep(Timeout.Infinite);
            },
        };
        Task running = Task.Factory.StartNew(() => run.Run(stop.Token), TaskCreationOptions.LongRunning);
        BoardFixture.Until(() => Count(reasons, "watchdog") == 1);
        Assert.Equal(1, Count(reasons, "power"));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task TheProvisioningProgramSetsTheFlag()
    {
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(120));
        List<string> log = [];
        World world = new(1);
        using BoardRun run = new(null, world.Modem, world.Radio, world.Clock)
        {
            Log = Add(log),
            Firmware = JamBox.Provisioning.Program.Main,
        };
        Task running = Task.Factory.StartNew(() => run.Run(stop.Token), TaskCreationOptions.LongRunning);
        Assert.True(SpinWait.SpinUntil(() => Count(log, "PROVISIONING") == 1, 110_000));
        await stop.CancelAsync();
        await running;
        Assert.Equal([1], run.Nvs.Find("nvs", "jambox", BoxIdentity.CellularOkKey)!);
        Assert.Equal(1, Count(log, "PROVISIONING SUCCESS"));
        Assert.Equal(1, Count(log, "> AT+QCBAND=0,2,4,12,13,66"));
        Assert.Null(run.Stuck);
        Assert.Equal(0L, run.LateBytes);
    }

    /// <summary>
    /// A whole update by the board's own program and adapters: check, chunks, patch, boot record, reboot, boot copies, trial, confirmed by
    /// a reading. The backend is the real one.
    /// </summary>
    [Fact]
    public async Task TheBoardsProgramUpdatesItself()
    {
        string folder = Directory.CreateTempSubdirectory("jambox-board-test").FullName;
        await using (UpdateFleet fleet = await UpdateFleet.StartAsync(
            7, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 1, 8_192, new TwinFirmware("6.1.0", 60_100), 10, folder))
        {
            await fleet.RollOutAsync([new JsonObject { ["percent"] = 100 }], 1, 1);
            using CancellationTokenSource stop = new(TimeSpan.FromSeconds(120));
            List<string> log = [];
            World world = new(fleet.Backend.Address.Port);
            string id = fleet.DeviceIds[0];
            BoardIdentity identity = new(id, fleet.TokenOf(id), "backend", 5000, OtaKey: fleet.Key.Public.ToBytes());
            using BoardRun run = new(identity, world.Modem, world.Radio, world.Clock) { Log = Add(log) };
            run.Flash.Deploy(fleet.OldImage);
            Task running = Task.Factory.StartNew(() => run.Run(stop.Token), TaskCreationOptions.LongRunning);
            while ((await fleet.LastAttemptAsync(id)).State != "confirmed" && !stop.IsCancellationRequested && run.Stuck is null)
            {
                // Real time, and 600 questions a minute are allowed.
                await Task.Delay(250);
            }

            Assert.Equal(("confirmed", string.Empty), await fleet.LastAttemptAsync(id));
            await stop.CancelAsync();
            await running;
            Assert.Null(run.Stuck);
            Assert.Equal(2, run.Boots);
            Assert.Equal(1, Count(log, "started by update"));
            Assert.Equal(fleet.NewImage, run.Flash.Find("deploy")!.ToArray()[..fleet.NewImage.Length]);
            Assert.Equal(fleet.OldImage, run.Flash.Find("previous")!.ToArray()[..fleet.OldImage.Length]);
            Assert.Equal(BootResult.Ok, run.Flash.BootCopies.Read(run.Flash, out BootEntry entry));
            Assert.Equal(BootState.Confirmed, entry.State);
            Assert.Equal((0L, 0L), (run.LateBytes, run.FlushedBytes));
        }

        Directory.Delete(folder, recursive: true);
    }

    private static Action<string> Add(List<string> log) => line =>
    {
        lock (log)
        {
            log.Add(line);
        }
    };

    private static int Count(List<string> log, string text)
    {
        lock (log)
        {
            return log.Count(l => l.Contains(text));
        }
    }

    /// <summary>Modem and air, as quick as they may be.</summary>
    private sealed class World
    {
        public World(int port)
        {
            Clock = new VirtualClock(1_800_000_000_000);
            BridgeRoutes routes = new BridgeRoutes().Add("backend", 5000, "127.0.0.1", port);
            Modem = new ModemSimulator(Clock, new TcpBridge(Clock, routes), 1);
            ModemTimings timings = Modem.Options.Timings;
            timings.Boot = timings.Registration = timings.Attach = timings.NetOpen = timings.NetClose = new MsRange(50, 100);
            timings.Command = new MsRange(1, 5);
            Modem.PowerOn();
            Radio = new TwinRadio(Clock, RadioMode.Real);
        }

        public VirtualClock Clock { get; }

        public ModemSimulator Modem { get; }

        public TwinRadio Radio { get; }
    }

    /// <summary>Says yes to everything, and keeps the last request.</summary>
    private sealed class Server : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Server()
        {
            _listener.Start();
            new Thread(Serve) { IsBackground = true }.Start();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public TaskCompletionSource<string> Requests { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose() => _listener.Dispose();

        private void Serve()
        {
            try
            {
                while (true)
                {
                    using Socket socket = _listener.AcceptSocket();
                    byte[] buffer = new byte[4096];
                    int length = 0;
                    string text = string.Empty;
                    while (HttpFraming.RequestLength(buffer.AsSpan(0, length)) < 0)
                    {
                        length += socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
                    }

                    text = Encoding.ASCII.GetString(buffer, 0, length);
                    if (text.StartsWith("POST /r ", StringComparison.Ordinal))
                    {
                        // A backend of before: the box says the same in JSON.
                        socket.Send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8);
                        socket.Shutdown(SocketShutdown.Send);
                        continue;
                    }

                    string body = $"{{\"status\":\"ok\",\"server_time\":\"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ssZ}\"}}";
                    socket.Send(
                        Encoding.ASCII.GetBytes(
                            $"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
                    socket.Shutdown(SocketShutdown.Send);
                    Requests.TrySetResult(text);
                }
            }
            catch (SocketException)
            {
                // The test is over.
            }
        }
    }
}
