using System.Buffers.Binary;

namespace JamBox.Flashing;

/// <summary>An answer of the loader.</summary>
/// <param name="Value">The value of a register; another number for other commands.</param>
/// <param name="Data">What came before the status.</param>
public sealed record RomAnswer(uint Value, byte[] Data);

/// <summary>
/// Talks to the loader in the ROM of an ESP32-S3: one request, one answer, each within a time. It is there after
/// <see cref="DownloadMode.Enter"/>.
/// </summary>
/// <param name="line">The line to the chip.</param>
/// <param name="clock">The time; it goes on while the line is waited for.</param>
public sealed class RomLoader(ISerialLine line, IFlashClock clock)
{
    /// <summary>How long an ordinary command may take.</summary>
    public static readonly TimeSpan CommandTime = TimeSpan.FromSeconds(3);

    // The longest answer is that to MD5, 32 bytes; the rest is room for what nobody expects.
    private const int MaxAnswerLength = 1024;

    private readonly SlipReader _packets = new(MaxAnswerLength);
    private readonly byte[] _buffer = new byte[512];
    private int _from;
    private int _to;

    /// <summary>Gets the line.</summary>
    public ISerialLine Line => line;

    /// <summary>Gets the time.</summary>
    public IFlashClock Clock => clock;

    /// <summary>Sends a command and waits for its answer.</summary>
    /// <param name="command">Which.</param>
    /// <param name="data">Its data.</param>
    /// <param name="answerLength">Bytes of data that the answer must have, without the status.</param>
    /// <param name="checksum">Of packets; else 0.</param>
    /// <param name="timeout">How long to wait; <see cref="CommandTime"/> when <c>null</c>.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="FlashException">None came in time, the loader refused, or the port has gone away.</exception>
    public RomAnswer Call(
        RomCommand command, ReadOnlySpan<byte> data, int answerLength = 0, byte checksum = 0, TimeSpan? timeout = null)
    {
        Forget();
        line.Write(Slip.Encode(RomProtocol.Request(command, data, checksum)));
        return Await(command, answerLength, timeout ?? CommandTime);
    }

    /// <summary>Reads a register.</summary>
    /// <param name="address">Its address.</param>
    /// <returns>Its value.</returns>
    /// <exception cref="FlashException">As <see cref="Call"/>.</exception>
    public uint ReadRegister(uint address) => Call(RomCommand.ReadRegister, RomProtocol.Words(address)).Value;

    /// <summary>Writes a register.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="value">The new value.</param>
    /// <param name="mask">Which bits are written.</param>
    /// <exception cref="FlashException">As <see cref="Call"/>.</exception>
    public void WriteRegister(uint address, uint value, uint mask = uint.MaxValue)
    {
        Call(RomCommand.WriteRegister, RomProtocol.Words(address, value, mask, 0));
    }

    /// <summary>Asks once whether the loader is there.</summary>
    /// <returns>It is.</returns>
    /// <exception cref="FlashException">The port has gone away.</exception>
    public bool TrySync()
    {
        TimeSpan wait = TimeSpan.FromMilliseconds(100);
        try
        {
            Call(RomCommand.Sync, RomProtocol.SyncData, timeout: wait);

            // It answers eight times; what comes late would be taken for the answer to the next command.
            for (int i = 1; i < 8; i++)
            {
                Await(RomCommand.Sync, 0, wait);
            }

            return true;
        }
        catch (FlashException e) when (e.Fault is FlashFault.NoAnswer or FlashFault.Refused)
        {
            return false;
        }
    }

    /// <summary>Forgets what came and was not read.</summary>
    public void Forget()
    {
        line.DiscardInput();
        _packets.Reset();
        (_from, _to) = (0, 0);
    }

    /// <summary>Takes what came behind the last answer: the beginning of what a chip says that was told to reboot.</summary>
    /// <returns>The bytes; more may come from the line.</returns>
    public byte[] TakeUnread()
    {
        byte[] unread = _buffer[_from.._to];
        (_from, _to) = (0, 0);
        return unread;
    }

    private RomAnswer Await(RomCommand command, int answerLength, TimeSpan timeout)
    {
        TimeSpan deadline = clock.Now + timeout;
        do
        {
            while (_from < _to)
            {
                if (_packets.TryTake(_buffer[_from++], out byte[] packet) && IsAnswerTo(command, packet))
                {
                    return Judge(command, packet, answerLength);
                }
            }

            Receive(deadline - clock.Now);
        }
        while (_from < _to || clock.Now < deadline);

        throw new FlashException(
            FlashFault.NoAnswer,
            $"{line.Name} does not answer to {command} within {timeout.TotalSeconds:0.#} s. "
            + "Check the cable, and that no other program has the port.");
    }

    private void Receive(TimeSpan left)
    {
        if (left <= TimeSpan.Zero)
        {
            return;
        }

        (_from, _to) = (0, line.Read(_buffer, left));
    }

    private static bool IsAnswerTo(RomCommand command, byte[] packet)
    {
        return packet.Length >= RomProtocol.HeadLength + 2
            && packet[0] == 1
            && packet[1] == (byte)command
            && BinaryPrimitives.ReadUInt16LittleEndian(packet.AsSpan(2)) == packet.Length - RomProtocol.HeadLength;
    }

    private RomAnswer Judge(RomCommand command, byte[] packet, int answerLength)
    {
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(packet.AsSpan(4));
        ReadOnlySpan<byte> data = packet.AsSpan(RomProtocol.HeadLength);

        // A refusal has no data before its status.
        bool isShort = data.Length < answerLength + 2;
        ReadOnlySpan<byte> status = isShort ? data : data[answerLength..];
        if (status[0] != 0)
        {
            throw new FlashException(
                FlashFault.Refused,
                $"the chip at {line.Name} refused {command}: {RomProtocol.ErrorText(status[1])} (0x{status[1]:X2}). "
                + "Unplug it, plug it in, and try again.");
        }

        return isShort
            ? throw new FlashException(
                FlashFault.Refused,
                $"the chip at {line.Name} answered {command} with {data.Length} bytes instead of {answerLength}: "
                + "it is no ESP32-S3, or the line is bad.")
            : new RomAnswer(value, data[..answerLength].ToArray());
    }
}
