"""Words of a file in the languages of the program: keys, weekdays, colours, yes and no.

A file is written in English; the words of the other languages are understood in their place.
"""

import re
import unicodedata
from collections.abc import Collection
from difflib import get_close_matches
from functools import lru_cache

#: By word of the file, others for it, without accents and with underscores (``folded``).
_OTHERS = {
    "version": "versao",
    "sectors": "setores sectores",
    "name": "nome nombre",
    "time_zone": "timezone fuso_horario zona_horaria huso_horario",
    "always_open": "sempre_aberto siempre_abierto",
    "hours": "work_hours horas horario horarios jornada jornada_de_trabalho jornada_laboral",
    "limit": "limite",
    "agent_limits": "limites_de_agentes limites_dos_agentes limites_de_los_agentes limites_por_agente",
    "active_messages": "mensagens_ativas mensajes_activos",
    "managers": "gerentes gestores",
    "automatic_messages": "mensagens_automaticas mensajes_automaticos",
    "waiting_every": "espera_a_cada espera_cada",
    "attending": "service_rules atendimento atencion regras_de_atendimento reglas_de_atencion",
    "special_days": "dias_especiais dias_especiales",
    "quick_messages": "mensagens_rapidas mensajes_rapidos",
    "queues": "filas colas",
    "tags": "etiquetas",
    "agents": "agentes",
    "on_hold": "em_espera en_espera suspensa suspendida",
    "max_waiting": "maximo_em_espera maximo_en_espera maximo_de_espera",
    "description": "descricao descripcion",
    "color": "colour cor",
    "date": "data fecha",
    "yearly": "anual todo_ano cada_ano",
    "opening": "abertura apertura",
    "waiting": "espera",
    "assignment": "atribuicao asignacion",
    "closing": "encerramento cierre",
    "closed": "fechado cerrado",
    "monday": "mon segunda segunda_feira seg lunes lun",
    "tuesday": "tue tues terca terca_feira ter martes mar",
    "wednesday": "wed quarta quarta_feira qua miercoles mie",
    "thursday": "thu thur thurs quinta quinta_feira qui jueves jue",
    "friday": "fri sexta sexta_feira sex viernes vie",
    "saturday": "sat sabado sab",
    "sunday": "sun domingo dom",
    "true": "yes on sim si verdadeiro verdadero",
    "false": "no off nao falso",
    "red": "vermelho rojo",
    "orange": "laranja naranja",
    "yellow": "amarelo amarillo",
    "green": "verde",
    "teal": "turquesa",
    "blue": "azul",
    "purple": "roxo morado violeta",
    "pink": "rosa",
    "gray": "grey cinza gris",
}
#: Shorter forms are near to too much to be a guess.
_GUESSED = 4


def _folded(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word[:80].strip().casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[\s_-]+", "_", plain)


@lru_cache(maxsize=64)
def _forms(words: tuple[str, ...]) -> dict[str, str]:
    """Return the words by each of their forms; a word's own form comes first."""
    own = {_folded(word): word for word in words}
    others = {other: word for word in words for other in _OTHERS.get(word, "").split()}
    return {**others, **own}


def meant(word: str, words: Collection[str]) -> str | None:
    """Return which of the words a word is, in whichever language and case; None for none of them."""
    return word if word in words else _forms(tuple(words)).get(_folded(word))


def guess(word: str, words: Collection[str]) -> str | None:
    """Return which of the words may be meant by one that is none; None if nothing is near."""
    forms = _forms(tuple(words))
    close = get_close_matches(_folded(word), [form for form in forms if len(form) >= _GUESSED], n=1)
    return forms[close[0]] if close else None
