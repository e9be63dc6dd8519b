"""Automatic messages of the demo project's sectors, in each sector's language."""

from sectors.models import Moment

#: By locale and ``Moment``.
AUTOMATIC: dict[str, dict[str, str]] = {
    "en_US": {
        Moment.OPENING: "Hello {{contact.name}}, thanks for writing to {{sector.name}}. Your protocol is "
        "{{ticket.protocol}}.",
        Moment.WAITING: "All our agents are busy right now. You are number {{ticket.position}} in line.",
        Moment.ASSIGNMENT: "You are now talking to {{agent.name}}.",
        Moment.CLOSING: "Thank you for contacting us. If you need anything else, just write again.",
        Moment.CLOSED: "We have closed for today. Your place in line is kept, and we answer as soon as we are back.",
    },
    "es_MX": {
        Moment.OPENING: "Hola {{contact.name}}, gracias por escribir a {{sector.name}}. Tu protocolo es "
        "{{ticket.protocol}}.",
        Moment.WAITING: "Todos nuestros agentes están ocupados. Eres el número {{ticket.position}} de la cola.",
        Moment.ASSIGNMENT: "Ahora te atiende {{agent.name}}.",
        Moment.CLOSING: "Gracias por contactarnos. Si necesitas algo más, vuelve a escribirnos.",
        Moment.CLOSED: "Por hoy hemos cerrado. Conservas tu lugar en la cola y te responderemos al volver.",
    },
    "pt_BR": {
        Moment.OPENING: "Olá {{contact.name}}, obrigado por escrever para {{sector.name}}. Seu protocolo é "
        "{{ticket.protocol}}.",
        Moment.WAITING: "Todos os nossos agentes estão ocupados. Você é o número {{ticket.position}} da fila.",
        Moment.ASSIGNMENT: "Agora você fala com {{agent.name}}.",
        Moment.CLOSING: "Obrigado pelo contato. Se precisar de mais alguma coisa, é só escrever de novo.",
        Moment.CLOSED: "Encerramos por hoje. Seu lugar na fila está guardado e responderemos assim que voltarmos.",
    },
}
#: Minutes between position updates in sectors with hours; in the other one demo tickets wait for days.
AGAIN_AFTER = 10
