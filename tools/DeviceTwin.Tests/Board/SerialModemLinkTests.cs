using System.Diagnostics;
using System.IO.Ports;
using System.Text;
using JamBox.Atoms3.Adapters;
using JamBox.Board;
using nanoFramework.Hardware.Esp32;

namespace JamBox.Twin.Tests.Board;

/// <summary>Tests of <see cref="SerialModemLink"/>, and of the quirks that it is written around.</summary>
public sealed class SerialModemLinkTests
{
    [Fact]
    public void ReadsWhatIsThereAndNeverWaits()
    {
        using BoardHost board = BoardFixture.Start();
        SerialModemLink link = new(new BoardClock(), new ModemPower(new Faults()));
        byte[] buffer = new byte[16];
        Assert.Equal(0, link.Read(buffer, 0, 16));
        board.Uart.Receive("+CEREG: 1"u8);
        Assert.Equal(4, link.Read(buffer, 2, 4));
        Assert.Equal("+CER", Encoding.ASCII.GetString(buffer, 2, 4));
        Assert.Equal(5, link.Read(buffer, 0, 16));
        Assert.Equal("EG: 1", Encoding.ASCII.GetString(buffer, 0, 5));
        Assert.Equal(0, link.Read(buffer, 0, 16));
        Assert.Equal(0, board.Uart.Waits);
    }

    [Fact]
    public void WritesARequestWithoutALateByte()
    {
        using BoardHost board = BoardFixture.Start();
        SerialModemLink link = new(new BoardClock(), new ModemPower(new Faults()));
        byte[] request = new byte[700];
        Random.Shared.NextBytes(request);
        byte[] wanted = request.ToArray();
        long start = Stopwatch.GetTimestamp();
        link.Write(request, 0, 500);
        link.Write(request, 500, 200);

        // At 115,200 baud 500 bytes and the beginning of the next 200 take 45 ms and more.
        Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds >= 45);
        Array.Clear(request);
        Assert.Equal(wanted, Sent(board, 700));
        Assert.Equal(0, board.Uart.LateBytes);
    }

    [Fact]
    public void TheOriginalSendsLateWhatDoesNotFit()
    {
        using BoardHost board = BoardFixture.Start();
        SerialPort port = Opened();
        byte[] request = new byte[200];
        Array.Fill(request, (byte)'A');
        port.Write(request, 0, 200);
        Array.Fill(request, (byte)'B');
        byte[] sent = Sent(board, 200);
        Assert.Equal(72, board.Uart.LateBytes);
        Assert.Equal(128, sent.Count(b => b == 'A'));
        Assert.Equal(72, sent.Count(b => b == 'B'));

        // Two short writes in a row are no better.
        port.Write(request, 0, 100);
        port.Write(request, 0, 100);
        Assert.True(board.Uart.LateBytes > 72);
    }

    [Fact]
    public void TheOriginalWaitsForAllBytesOrThrows()
    {
        using BoardHost board = BoardFixture.Start();
        SerialPort port = Opened();
        port.ReadTimeout = 50;
        board.Uart.Receive("OK"u8);
        Assert.Throws<TimeoutException>(() => port.Read(new byte[4], 0, 4));
        Assert.Equal(2, port.BytesToRead);
        port.ReadTimeout = 120_000;
        Thread modem = new(() =>
        {
            Thread.Sleep(50);
            board.Uart.Receive("\r\n"u8);
        });
        modem.Start();
        Assert.Equal(4, port.Read(new byte[4], 0, 4));
        modem.Join();
        Assert.Throws<InvalidOperationException>(() => port.ReadBufferSize = 10);
    }

    [Fact]
    public void AnOverflowCostsAllInputAndNoMore()
    {
        using BoardHost board = BoardFixture.Start();
        SerialModemLink link = new(new BoardClock(), new ModemPower(new Faults()));
        board.Uart.Receive(new byte[4_096]);
        Assert.Equal(0, board.Uart.FlushedBytes);
        board.Uart.Receive("xOK"u8);
        Assert.Equal(4_097, board.Uart.FlushedBytes);
        byte[] buffer = new byte[64];
        Assert.Equal(2, link.Read(buffer, 0, 64));
        Assert.Equal("OK", Encoding.ASCII.GetString(buffer, 0, 2));
    }

    [Fact]
    public void ResetsThroughTheExpanderOfBase11Only()
    {
        using BoardHost board = BoardFixture.Start();
        SerialModemLink plain = new(new BoardClock(), new ModemPower(new Faults()));
        Assert.False(plain.HardwareReset());

        List<string> lines = [];
        board.Expander = new BoardExpander
        {
            Naps = 1,
            Changed = (power, reset) => lines.Add($"{(power ? "on" : "off")} {(reset ? "reset" : "run")}"),
        };
        ModemPower power = new(new Faults());
        Assert.True(power.IsPresent);

        // Switched on without a pulse on the reset line.
        Assert.Equal(["on run"], lines);
        long start = Stopwatch.GetTimestamp();
        Assert.True(power.TryReset());
        Assert.Equal(["on run", "on reset", "on run"], lines);
        Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds >= 100);

        // A box that restarts does not restart the modem.
        Assert.True(new ModemPower(new Faults()).IsPresent);
        Assert.Equal(3, lines.Count);
        board.Expander = null;
        Assert.False(power.TryReset());
    }

    private static SerialPort Opened()
    {
        Configuration.SetPinFunction(5, DeviceFunction.COM2_TX);
        Configuration.SetPinFunction(6, DeviceFunction.COM2_RX);
        SerialPort port = new("COM2", 115200);
        port.Open();
        return port;
    }

    private static byte[] Sent(BoardHost board, int count)
    {
        byte[] sent = new byte[count];
        int at = 0;
        BoardFixture.Until(() => (at += board.Uart.TakeSent(sent.AsSpan(at))) == count);
        return sent;
    }
}
