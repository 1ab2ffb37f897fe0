using JamBox.Ports;

namespace JamBox.Twin.Run;

/// <summary>The main button, which nobody presses unless told.</summary>
internal sealed class TwinButtons : IButtons
{
    public bool IsMainPressed { get; set; }
}
