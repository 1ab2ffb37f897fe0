namespace JamBox.Ports;

/// <summary>The main button. The side button is the chip's reset line, which no software sees.</summary>
public interface IButtons
{
    /// <summary>Gets a value indicating whether the main button is down now. The loop measures how long.</summary>
    bool IsMainPressed { get; }
}
