namespace System.Device.Gpio;

/// <summary>Stand-in.</summary>
public delegate void PinValueChangedEventHandler(object sender, PinValueChangedEventArgs e);
