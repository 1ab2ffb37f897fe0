namespace JamBox.Ports;

/// <summary>The RGB LED (WS2812). It shows what it is told until told otherwise; patterns are made in the loop.</summary>
public interface IIndicator
{
    /// <summary>Shows a colour.</summary>
    /// <param name="red">0…255.</param>
    /// <param name="green">0…255.</param>
    /// <param name="blue">0…255.</param>
    void Show(byte red, byte green, byte blue);
}

/// <summary>The main button. The side button is the chip's reset line, which no software sees.</summary>
public interface IButtons
{
    /// <summary>Gets a value indicating whether the main button is down now. The loop measures how long.</summary>
    bool IsMainPressed { get; }
}
