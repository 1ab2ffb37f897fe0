using JamBox.Board;
using nanoFramework.Hardware.Esp32;

namespace System.Device.I2c;

/// <summary>Stand-in of nanoFramework's I2cDevice: the bus to the base, with its expander or nobody.</summary>
public class I2cDevice
{
    private readonly I2cConnectionSettings _settings;

    public I2cDevice(I2cConnectionSettings settings)
    {
        BoardHost.Current.Need("System.Device.I2c");
        if (settings.BusId != 1)
        {
            throw new NotSupportedException($"I2cDevice: the stand-in has bus 1, not {settings.BusId}");
        }

        _settings = settings;
    }

    public I2cTransferResult Write(SpanByte buffer) => Transfer(buffer.AsSpan(), []);

    public I2cTransferResult WriteRead(SpanByte writeBuffer, SpanByte readBuffer) => Transfer(writeBuffer.AsSpan(), readBuffer.AsSpan());

    private I2cTransferResult Transfer(ReadOnlySpan<byte> write, Span<byte> read)
    {
        BoardHost board = BoardHost.Current;
        bool isWired = board.Pins.Find(DeviceFunction.I2C1_DATA) == BoardPinMap.I2cData && board.Pins
            .Find(DeviceFunction.I2C1_CLOCK) == BoardPinMap.I2cClock;
        bool isThere = isWired && _settings.DeviceAddress == BoardExpander.Address && board.Expander is not null;
        return isThere && board.Expander!.Transfer(write, read)
            ? new I2cTransferResult(I2cTransferStatus.FullTransfer, (uint)(write.Length + read.Length))
            : new I2cTransferResult(I2cTransferStatus.SlaveAddressNotAcknowledged, 0);
    }
}

/// <summary>Stand-in.</summary>
public sealed class I2cConnectionSettings(int busId, int deviceAddress, I2cBusSpeed busSpeed)
{
    public int BusId { get; } = busId;

    public int DeviceAddress { get; } = deviceAddress;

    public I2cBusSpeed BusSpeed { get; } = busSpeed;
}

/// <summary>Stand-in.</summary>
public enum I2cBusSpeed
{
    StandardMode = 0,
    FastMode = 1,
    FastModePlus = 2,
}

/// <summary>Stand-in.</summary>
public readonly struct I2cTransferResult
{
    internal I2cTransferResult(I2cTransferStatus status, uint bytesTransferred)
    {
        Status = status;
        BytesTransferred = bytesTransferred;
    }

    public uint BytesTransferred { get; }

    public I2cTransferStatus Status { get; }
}

/// <summary>Stand-in.</summary>
public enum I2cTransferStatus
{
    UnknownError = 0,
    FullTransfer = 1,
    ClockStretchTimeout = 2,
    PartialTransfer = 3,
    SlaveAddressNotAcknowledged = 4,
}
