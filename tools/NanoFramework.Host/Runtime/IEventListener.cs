namespace nanoFramework.Runtime.Events;

/// <summary>Stand-in of nanoFramework's IEventListener.</summary>
public interface IEventListener
{
    void InitializeForEventSource();

    bool OnEvent(BaseEvent ev);
}

/// <summary>Stand-in of nanoFramework's BaseEvent.</summary>
public class BaseEvent
{
}
