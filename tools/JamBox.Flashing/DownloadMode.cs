using System.Text;
using System.Text.RegularExpressions;

namespace JamBox.Flashing;

/// <summary>Brings a chip into the loader of its ROM, and out of it again.</summary>
public static partial class DownloadMode
{
    /// <summary>How often a chip is reset before it is given up.</summary>
    public const int Attempts = 7;

    private const int SyncsPerAttempt = 5;
    private const int MaxBootLogBytes = 4096;

    private static readonly TimeSpan s_pulse = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_shortBoot = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longBoot = TimeSpan.FromMilliseconds(550);
    private static readonly TimeSpan s_usbReturns = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_bootLogTime = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Resets the chip into its loader and waits until it answers: by the sequence of a chip that is the USB device itself, and by that of
    /// a board with a USB chip beside it, in turn. Without reset lines it must be there already.
    /// </summary>
    /// <param name="line">The line to the chip.</param>
    /// <param name="clock">The time.</param>
    /// <returns>The loader.</returns>
    /// <exception cref="FlashException">It does not answer, or the port is gone.</exception>
    public static RomLoader Enter(ISerialLine line, IFlashClock clock)
    {
        RomLoader loader = new(line, clock);
        string log = "";
        FlashException? gone = null;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                line.BaudRate = RomProtocol.StartBaudRate;
                log += Reset(line, clock, attempt);
                gone = null;
                for (int i = 0; i < SyncsPerAttempt; i++)
                {
                    if (loader.TrySync())
                    {
                        return loader;
                    }
                }
            }
            catch (FlashException e) when (e.Fault == FlashFault.Port)
            {
                gone = e;
                TryReopen(line, clock);
            }
        }

        throw gone ?? Failure(line, log);
    }

    /// <summary>Starts the firmware: by the reset line, or by telling the loader to reboot where there is none.</summary>
    /// <param name="loader">The loader.</param>
    /// <param name="isCompressedWriteOpen">The last write was a compressed one, and was not ended.</param>
    /// <returns>The beginning of what the firmware says, as far as it has been read; more comes from the line.</returns>
    /// <exception cref="FlashException">The port is gone, or the loader refused.</exception>
    public static byte[] Leave(RomLoader loader, bool isCompressedWriteOpen)
    {
        int baudRate = loader.Line.BaudRate;

        // A chip that was brought here over its own USB port would come back here.
        loader.WriteRegister(Esp32S3.ForceDownloadRegister, 0, 1);
        if (loader.Line.ResetLines is { } lines)
        {
            lines.Set(dtr: false, rts: true);
            loader.Clock.Wait(s_pulse);
            lines.Set(dtr: false, rts: false);
        }
        else if (isCompressedWriteOpen)
        {
            loader.Call(RomCommand.DeflateEnd, RomProtocol.Words(0));
        }
        else
        {
            // Whoever wrote before us may have been another program, which left the flash to the ROM.
            loader.Call(RomCommand.AttachFlash, RomProtocol.Words(0, 0));
            loader.Call(RomCommand.FlashBegin, RomProtocol.Words(0, 0, RomProtocol.FlashBlock, 0, 0));
            loader.Call(RomCommand.FlashEnd, RomProtocol.Words(0));
        }

        if (baudRate == RomProtocol.StartBaudRate)
        {
            return loader.TakeUnread();
        }

        // What came at the old rate is no text.
        loader.Forget();
        loader.Line.BaudRate = RomProtocol.StartBaudRate;
        return [];
    }

    private static string Reset(ISerialLine line, IFlashClock clock, int attempt)
    {
        line.DiscardInput();
        if (line.ResetLines is not { } lines)
        {
            return "";
        }

        if (attempt % 2 == 0)
        {
            ResetUsb(lines, clock);
        }
        else
        {
            ResetBoard(lines, clock, attempt % 4 == 1 ? s_shortBoot : s_longBoot);
        }

        return ReadBootLog(line, clock);
    }

    /// <summary>The ESP32-S3's own USB port: DTR marks the loader, RTS alone resets, both together mean nothing.</summary>
    private static void ResetUsb(IResetLines lines, IFlashClock clock)
    {
        lines.Set(dtr: false, rts: false);
        clock.Wait(s_pulse);
        lines.Set(dtr: true, rts: false);
        clock.Wait(s_pulse);
        lines.Set(dtr: true, rts: true);
        lines.Set(dtr: false, rts: true);
        clock.Wait(s_pulse);
        lines.Set(dtr: false, rts: false);
    }

    /// <summary>A USB chip and two transistors: RTS alone holds the chip in reset, DTR alone holds the boot pin low.</summary>
    private static void ResetBoard(IResetLines lines, IFlashClock clock, TimeSpan boot)
    {
        lines.Set(dtr: false, rts: true);
        clock.Wait(s_pulse);
        lines.Set(dtr: true, rts: false);
        clock.Wait(boot);
        lines.Set(dtr: false, rts: false);
    }

    private static string ReadBootLog(ISerialLine line, IFlashClock clock)
    {
        TimeSpan deadline = clock.Now + s_bootLogTime;
        StringBuilder log = new();
        var buffer = new byte[256];
        while (clock.Now < deadline && log.Length < MaxBootLogBytes)
        {
            int count = line.Read(buffer, s_silence);
            if (count == 0)
            {
                break;
            }

            log.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return log.ToString();
    }

    private static void TryReopen(ISerialLine line, IFlashClock clock)
    {
        clock.Wait(s_usbReturns);
        try
        {
            line.Reopen();
        }
        catch (FlashException)
        {
            // Tried again at the next attempt, and said after the last one.
        }
    }

    private static FlashException Failure(ISerialLine line, string log)
    {
        const string ByHand = "hold its reset button for two seconds until the green light inside comes on, let go, and try again";
        MatchCollection boots = BootMode().Matches(log);
        if (boots.Count == 0)
        {
            return new FlashException(
                FlashFault.NoAnswer,
                $"{line.Name} does not answer. Check that this is the box's port, that the cable carries data, and that no other program "
                + $"has the port; then bring the box into its loader by hand: {ByHand}.");
        }

        return boots[^1].Groups[2].Success
            ? new FlashException(
                FlashFault.NoAnswer,
                $"the chip at {line.Name} is in its loader and does not hear us: try another cable or another USB port.")
            : new FlashException(
                FlashFault.NotInLoader,
                $"the chip at {line.Name} starts its firmware instead of its loader (boot:{boots[^1].Groups[1].Value}): {ByHand}.");
    }

    [GeneratedRegex("boot:(0x[0-9a-fA-F]+)((?:(?!boot:).)*waiting for download)?", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BootMode();
}
